import Diagnostics
import Kernels
import Synchronization

/// Values that a network learns, in the order in which kernels read them.
///
/// Unchecked because nothing writes them while a network runs: an optimizer does between two passes.
public final class Parameter: @unchecked Sendable {
    /// The values as kernels read them.
    public let tensor: Tensor
    /// The tensors of the checkpoint that they are kept as.
    public let stored: [StoredPart]
    /// How often the values were changed; what is derived from them is made anew when this has grown.
    public private(set) var version = 0
    private let derived = Mutex<[Derivation: (version: Int, values: [Float])]>([:])

    /// Another order of the values, for another kernel.
    enum Derivation: Hashable {
        /// For Winograd's products.
        case winograd
        /// For the way back.
        case turned
        /// For the way back by Winograd's products.
        case turnedWinograd
    }

    /// A tensor of a checkpoint, and where its values lie in a parameter.
    public struct StoredPart: Hashable, Sendable {
        /// Its name in the checkpoint.
        public let name: String
        /// Its shape there.
        public let shape: [Int]
        /// The columns of the parameter's rows that are its own; nil where it has the parameter's order and is all of it.
        let columns: Range<Int>?

        /// The number of its values.
        public var count: Int { shape.reduce(1, *) }
    }

    init(_ tensor: Tensor, _ stored: [StoredPart]) {
        self.tensor = tensor
        self.stored = stored
    }

    /// Makes a parameter of no layer, such as a conditioning, kept as it is under a name.
    public convenience init(_ name: String, _ shape: Shape, _ values: [Float]) {
        let sizes = (0..<shape.rank).map { shape[$0] }
        self.init(Tensor(shape, values), [.init(name: name, shape: sizes, columns: nil)])
    }

    /// Other values of a parameter's shape and order, such as its gradient or a mean of what it was, to be stored as it
    /// is.
    public convenience init(sharing parameter: Parameter, _ tensor: Tensor) {
        precondition(tensor.count == parameter.tensor.count, "\(tensor.shape) for \(parameter.tensor.shape)")
        self.init(tensor.reshaped(parameter.tensor.shape), parameter.stored)
    }

    /// Lets `body` change the values.
    public func update(_ body: (Tensor) -> Void) {
        body(tensor)
        version += 1
    }

    /// Values that follow from these, made when they are first asked for.
    func values(_ derivation: Derivation, _ make: () -> [Float]) -> [Float] {
        derived.withLock { derived in
            if let known = derived[derivation], known.version == version { return known.values }
            let values = make()
            derived[derivation] = (version, values)
            return values
        }
    }

    /// The values of a part, row-major, in the checkpoint's own layout.
    ///
    /// - Parameter other: a tensor laid out as the parameter is, such as its gradient, to be read in its place.
    public func values(of part: StoredPart, in other: Tensor? = nil) -> [Float] {
        let source = other ?? tensor
        guard part.columns != nil else { return source.values }
        return [Float](unsafeUninitializedCapacity: part.count) { buffer, count in
            forEachPlace(of: part) { stored, own in buffer[stored] = source.base[own] }
            count = part.count
        }
    }

    /// Puts the values of a part, in the checkpoint's own layout, where they belong in `other`, which is laid out as the
    /// parameter is.
    public func put(_ values: [Float], of part: StoredPart, into other: Tensor) {
        precondition(
            values.count == part.count && other.count == tensor.count,
            "\(values.count) values of \(part.name)")
        guard part.columns != nil else { return other.set(values) }
        forEachPlace(of: part) { stored, own in other.base[own] = values[stored] }
    }

    /// Goes through a part: [K·K·I, O] as kernels read it, [O, I, K·K] as it is stored.
    private func forEachPlace(of part: StoredPart, _ body: (_ stored: Int, _ own: Int) -> Void) {
        guard let columns = part.columns else { return }
        let width = tensor.shape.channels
        let inputs = part.shape[1..<min(2, part.shape.count)].first ?? 1
        let places = tensor.count / width / inputs
        for output in 0..<columns.count {
            for input in 0..<inputs {
                for place in 0..<places {
                    body(
                        (output * inputs + input) * places + place,
                        (place * inputs + input) * width + columns.lowerBound + output)
                }
            }
        }
    }
}

/// The parameters that the layers of a network have read, in their order.
public final class ParameterList {
    /// The parameters.
    public private(set) var parameters: [Parameter] = []

    /// What is stored beside them and follows from the data, such as running means; no optimizer touches it.
    public private(set) var statistics: [Parameter] = []

    /// Makes an empty list.
    public init() {}

    func append(_ parameter: Parameter) { parameters.append(parameter) }

    func append(statistic: Parameter) { statistics.append(statistic) }
}

extension Parameters {
    /// A vector, or a table whose rows are the last dimension, kept as it is stored.
    public func parameter(_ name: String, _ shape: [Int]) throws(Failure) -> Parameter {
        let values = try values(name, shape)
        let channels = shape.last ?? 1
        let isTable = shape.count > 1
        let tensor = Tensor(
            isTable ? Shape(values.count / channels, channels) : Shape(values.count), values)
        return kept(Parameter(tensor, [.init(name: path(name), shape: shape, columns: nil)]))
    }

    /// The matrix [I, ΣO] of maps `weight` [O, I] of the same input, their outputs side by side.
    public static func linearWeight(
        sideBySide parts: [Parameters], outputs: [Int], inputs: Int
    ) throws(Failure) -> Parameter {
        var rows: [Float] = []
        var stored: [Parameter.StoredPart] = []
        var total = 0
        for (part, outputs) in zip(parts, outputs) {
            rows += try part.values("weight", [outputs, inputs])
            stored.append(
                .init(
                    name: part.path("weight"), shape: [outputs, inputs], columns: total..<total + outputs))
            total += outputs
        }
        let tensor = Tensor(Shape(inputs, total), uninitialized: ())
        transpose(rows, into: tensor.base, batch: 1, rows: total, columns: inputs)
        return parts[0].kept(Parameter(tensor, stored))
    }

    /// The bias [ΣO] of maps of the same input; zeros, which nobody trains, where none is stored.
    public static func bias(
        sideBySide parts: [Parameters], outputs: [Int], isStored: Bool
    ) throws(Failure) -> Parameter {
        guard isStored else { return Parameter(Tensor(Shape(outputs.reduce(0, +))), []) }
        var values: [Float] = []
        var stored: [Parameter.StoredPart] = []
        for (part, outputs) in zip(parts, outputs) {
            stored.append(
                .init(
                    name: part.path("bias"), shape: [outputs], columns: values.count..<values.count + outputs)
            )
            values += try part.values("bias", [outputs])
        }
        return parts[0].kept(Parameter(Tensor(Shape(values.count), values), stored))
    }

    /// Values [C] that a network keeps and changes by itself while it learns, such as running means.
    public func statistic(_ name: String, channels: Int) throws(Failure) -> Parameter {
        let tensor = Tensor(Shape(channels), try values(name, [channels]))
        let parameter = Parameter(tensor, [.init(name: path(name), shape: [channels], columns: nil)])
        list?.append(statistic: parameter)
        return parameter
    }

    /// The matrix [K·K·I, O] of a convolution's `weight` [O, I, K, K]: for each place in the window and each input, the
    /// outputs side by side.
    public func convolutionWeight(outputs: Int, inputs: Int, kernel: Int) throws(Failure) -> Parameter {
        let places = kernel * kernel
        let stored = try values("weight", [outputs, inputs, kernel, kernel])
        // [O, I, K·K] → [O, K·K, I] → [K·K·I, O]
        var windows: [Float] = []
        windows.reserveCapacity(stored.count)
        for output in 0..<outputs {
            let start = output * inputs * places
            for place in 0..<places {
                for input in 0..<inputs { windows.append(stored[start + input * places + place]) }
            }
        }
        let tensor = Tensor(Shape(places * inputs, outputs), uninitialized: ())
        transpose(windows, into: tensor.base, batch: 1, rows: outputs, columns: places * inputs)
        let part = Parameter.StoredPart(
            name: path("weight"), shape: [outputs, inputs, kernel, kernel], columns: 0..<outputs)
        return kept(Parameter(tensor, [part]))
    }

    private func kept(_ parameter: Parameter) -> Parameter {
        list?.append(parameter)
        return parameter
    }
}
