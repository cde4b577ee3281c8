import Kernels

/// What was computed from tensors whose gradients are asked for, so that it can be gone through backwards.
///
/// A workspace that has a tape notes in it every operation on a tensor that follows from a watched one; whatever
/// does not follow from one is neither noted nor kept, so that the gradient of a conditioning costs nothing for the
/// weights. A tensor is known by where its values lie, a part of one by its whole: while a tape is in use, operations
/// make new tensors instead of changing their inputs, and the memory of noted ones is not given to others.
public final class Tape {
    /// Carries the gradient of an operation's result on to its inputs, by adding to `tape.gradient(of:)` of each.
    public typealias Backward = (_ gradient: Tensor, _ tape: Tape) -> Void

    private struct Place: Hashable {
        let address: MutableFloats
        let count: Int

        init(_ tensor: Tensor) {
            address = tensor.storage.base + tensor.whole.offset
            count = tensor.whole.count
        }
    }

    private var steps: [(Tape) -> Void] = []
    private var watched: Set<Place> = []
    private(set) var watchesParameters = false
    private var following: Set<Place> = []
    private var gradients: [Place: Tensor] = [:]
    private var idle: [Int: [Storage]] = [:]
    /// The memory of the gradient at work, where it has become another tensor's.
    private var given: Storage?

    /// Makes a tape that watches nothing yet.
    public init() {}

    /// Asks for the gradient of a tensor; what follows from it is noted from now on.
    public func watch(_ tensor: Tensor) { watched.insert(Place(tensor)) }

    /// Asks for the gradients of a network's parameters.
    public func watch(_ parameters: [Parameter]) {
        watchesParameters = true
        for parameter in parameters { watch(parameter.tensor) }
    }

    /// Whether a tensor is watched or follows from one that is.
    public func follows(_ tensor: Tensor) -> Bool {
        let place = Place(tensor)
        return watched.contains(place) || following.contains(place)
    }

    /// The number of operations noted.
    var count: Int { steps.count }

    /// Notes an operation.
    func record(_ result: Tensor, _ backward: @escaping Backward) {
        precondition(result.count == result.whole.count, "what is noted is a tensor of its own")
        following.insert(Place(result))
        steps.append { tape in
            // All that reads the result comes later and is done; its place may be another's from now on.
            tape.following.remove(Place(result))
            guard let gradient = tape.gradients.removeValue(forKey: Place(result)) else { return }
            backward(gradient.reshaped(result.shape), tape)
            if tape.given === gradient.storage {
                tape.given = nil
            } else {
                tape.idle[gradient.count, default: []].append(gradient.storage)
            }
        }
    }

    /// Notes something to do when the way back comes by.
    func recordPassage(_ body: @escaping () -> Void) { steps.append { _ in body() } }

    /// The gradient of a tensor as far as it is known, zeros at first, to be added to; nil where nobody asks for it.
    public func gradient(of tensor: Tensor) -> Tensor? {
        guard follows(tensor) else { return nil }
        let place = Place(tensor)
        if let known = gradients[place] { return part(of: known, as: tensor) }
        let zeros = unset(tensor.whole.count)
        zeros.fill(0)
        gradients[place] = zeros
        return part(of: zeros, as: tensor)
    }

    /// The gradient of a tensor, for a kernel that makes it as a sum with an addend: with what has come back so far, or
    /// nil where nothing has, and the gradient has no values yet.
    func gradientToMake(of tensor: Tensor) -> (dx: Tensor, addend: Floats?)? {
        guard follows(tensor) else { return nil }
        let place = Place(tensor)
        guard gradients[place] == nil, tensor.count == tensor.whole.count else {
            return gradient(of: tensor).map { ($0, Floats($0.base)) }
        }
        let new = unset(tensor.count)
        gradients[place] = new
        return (part(of: new, as: tensor), nil)
    }

    /// Of the gradient of a whole that of a tensor which is the whole, in this or another shape, or a part of it.
    private func part(of whole: Tensor, as tensor: Tensor) -> Tensor {
        Tensor(
            whole.storage, offset: whole.offset + tensor.offset - tensor.whole.offset, shape: tensor.shape)
    }

    /// Memory for a gradient, with whatever values it had.
    private func unset(_ count: Int) -> Tensor {
        Tensor(idle[count]?.popLast() ?? Storage(capacity: count), offset: 0, shape: Shape(count))
    }

    /// Goes back from a result to the watched tensors, whose gradients grow by those of Σ seed·result.
    ///
    /// - Parameter seed: the gradient of the result, of its shape; ones where nil.
    public func differentiate(_ result: Tensor, seed: Tensor? = nil) {
        guard let start = gradient(of: result) else { return }
        if let seed { start.add(seed) } else { start.fill(1) }
        while let step = steps.popLast() { step(self) }
    }

    /// The gradient of a watched tensor where anything has come back to it.
    public func arrivedGradient(of tensor: Tensor) -> Tensor? {
        gradients[Place(tensor)].map { part(of: $0, as: tensor) }
    }

    /// Forgets the gradients of watched tensors, for the next step of a training, and what was noted and not gone
    /// through.
    public func clear() {
        steps.removeAll(keepingCapacity: true)
        following.removeAll(keepingCapacity: true)
        for gradient in gradients.values { idle[gradient.count, default: []].append(gradient.storage) }
        gradients.removeAll(keepingCapacity: true)
    }

    /// Adds the gradient at work to that of a tensor, as the last that is done with it: it may become that gradient.
    func give(_ gradient: Tensor, to tensor: Tensor) {
        guard follows(tensor) else { return }
        let place = Place(tensor)
        let isWhole = tensor.count == tensor.whole.count
        if gradients[place] != nil || !isWhole {
            self.gradient(of: tensor)?.add(gradient)
        } else if given === gradient.storage {
            self.gradient(of: tensor)?.set(gradient)
        } else {
            gradients[place] = gradient
            given = gradient.storage
        }
    }
}

extension Workspace {
    /// Whether an operation on these tensors must be noted, and its inputs left as they are.
    public func isFollowing(_ tensors: Tensor?...) -> Bool {
        guard let tape else { return false }
        return tensors.contains { $0.map(tape.follows) ?? false }
    }

    /// Whether gradients of a network's parameters are asked for.
    var isLearning: Bool { (tape ?? pausedTape)?.watchesParameters ?? false }

    /// A tensor for the result of an operation that may write over its input: the input itself, unless a tape is in use.
    public func tensor(over input: Tensor) -> Tensor {
        tape == nil && pausedTape == nil ? input : tensor(input.shape)
    }

    /// Computes `body(inputs)` without keeping what lies between, and computes that again on the way back.
    ///
    /// It bounds a large network's memory by that of its largest part (Chen et al., "Training deep nets with sublinear
    /// memory cost", 2016). All followed tensors that `body` reads must be among the inputs, but for parameters.
    public func checkpointed(_ inputs: [Tensor], _ body: @escaping ([Tensor]) -> Tensor) -> Tensor {
        guard let tape, tape.watchesParameters || inputs.contains(where: tape.follows) else {
            return scope { body(inputs) }
        }
        (self.tape, pausedTape) = (nil, tape)
        let result = scope { body(inputs) }
        (self.tape, pausedTape) = (tape, nil)
        tape.record(result) { [self] gradient, tape in
            let start = mark
            tape.recordPassage { [self] in release(to: start) }
            tape.give(gradient, to: body(inputs))
        }
        return result
    }
}
