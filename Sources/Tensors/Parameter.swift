import Diagnostics
import Foundation
import Kernels

/// Values that a network learns, in the order in which kernels read them.
///
/// Unchecked because nothing writes them while a network runs: an optimizer does between two passes. What is derived
/// from them is made under the lock.
public final class Parameter: @unchecked Sendable {
    /// The values as kernels read them: a matrix that rows are multiplied by as its panels [⌈N/16⌉, K, 16], zeros beyond
    /// the last column, in bfloat16 two values in the place of a float; and anything else as it is stored.
    public let tensor: Tensor
    /// The tensors of the checkpoint that they are kept as.
    public let stored: [StoredPart]
    /// How often the values were changed; what is derived from them is made anew when this has grown.
    public private(set) var version = 0
    /// Columns N of a matrix in panels, nil for anything else.
    let columns: Int?
    /// Of a matrix that is kept in bfloat16 alone, and so cannot be learnt, the places of its window and the inputs of
    /// each; nil where the values are float32.
    private let rounded: (places: Int, inputs: Int)?
    private let lock = NSLock()
    /// The values in the order in which gradients come back through them, of the version that they were then.
    private var turned: (version: Int, tensor: Tensor)?

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

    init(
        _ tensor: Tensor, _ stored: [StoredPart], columns: Int? = nil,
        rounded: (places: Int, inputs: Int)? = nil
    ) {
        self.tensor = tensor
        self.stored = stored
        self.columns = columns
        self.rounded = rounded
    }

    /// Makes a parameter that is kept nowhere and shares a tensor's memory: a matrix in panels where it has columns.
    package convenience init(_ tensor: Tensor, columns: Int? = nil) {
        self.init(tensor, [], columns: columns)
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
        self.init(tensor.reshaped(parameter.tensor.shape), parameter.stored, columns: parameter.columns)
    }

    /// Lets `body` change the values.
    public func update(_ body: (Tensor) -> Void) {
        body(tensor)
        version += 1
    }

    /// The matrix [K, N] that rows are multiplied by.
    var panels: Panels {
        guard let columns else { preconditionFailure("\(stored.first?.name ?? "a parameter") is no matrix") }
        guard let (places, inputs) = rounded else {
            return Panels(tensor.base, depth: tensor.shape[1], columns: columns)
        }
        return Panels(
            tensor.base, depth: places * inputs, columns: columns, precision: .bfloat16, places: places)
    }

    /// The matrices that carry gradients back, of a window of so many places; made when they are first asked for.
    func turned(places: Int) -> Panels {
        let panels = panels
        let (inputs, depth) = (panels.depth / places, places * panels.columns)
        let tensor = lock.withLock {
            if let turned, turned.version == version { return turned.tensor }
            let tensor = Tensor(.panels(depth, inputs), uninitialized: ())
            turnPanels(panels, places: places, into: tensor.base)
            turned = (version, tensor)
            return tensor
        }
        return Panels(tensor.base, depth: depth, columns: inputs)
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

    /// Goes through a part: panels of [K·K·I, N], of which some columns are its own, and [O, I, K·K] as it is stored.
    ///
    /// A vector lies as panels of one row do.
    private func forEachPlace(of part: StoredPart, _ body: (_ stored: Int, _ own: Int) -> Void) {
        guard let columns = part.columns else { return }
        let depth = self.columns == nil ? 1 : tensor.shape[1]
        let inputs = part.shape[1..<min(2, part.shape.count)].first ?? 1
        let places = depth / inputs
        for output in 0..<columns.count {
            let column = columns.lowerBound + output
            let start = column / 16 * depth * 16 + column % 16
            for input in 0..<inputs {
                for place in 0..<places {
                    body((output * inputs + input) * places + place, start + (place * inputs + input) * 16)
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

    /// The matrix [I, ΣO], in panels, of maps `weight` [O, I] of the same input, their outputs side by side.
    public static func linearWeight(
        sideBySide parts: [Parameters], outputs: [Int], inputs: Int
    ) throws(Failure) -> Parameter {
        var rows: [Float] = []
        var stored: [Parameter.StoredPart] = []
        var total = 0
        for (part, outputs) in zip(parts, outputs) {
            let values = try part.values("weight", [outputs, inputs])
            if rows.isEmpty { rows = values } else { rows += values }
            stored.append(
                .init(
                    name: part.path("weight"), shape: [outputs, inputs], columns: total..<total + outputs))
            total += outputs
        }
        return parts[0].kept(
            parts[0].matrix(of: rows, inputs: inputs, outputs: total, places: 1, stored))
    }

    /// The matrix [K·K·I, O], in panels, of a convolution's `weight` [O, I, K, K]: for each place in the window and each
    /// input, the outputs side by side.
    public func convolutionWeight(outputs: Int, inputs: Int, kernel: Int) throws(Failure) -> Parameter {
        let shape = [outputs, inputs, kernel, kernel]
        let part = Parameter.StoredPart(name: path("weight"), shape: shape, columns: 0..<outputs)
        return kept(
            matrix(
                of: try values("weight", shape), inputs: inputs, outputs: outputs, places: kernel * kernel,
                [part]))
    }

    /// A matrix [places·I, O] in panels, of weights [O, I, places], in the precision asked for.
    private func matrix(
        of weights: [Float], inputs: Int, outputs: Int, places: Int, _ stored: [Parameter.StoredPart]
    ) -> Parameter {
        let lines = Panels.lines(depth: places * inputs, precision: precision, places: places)
        let tensor = Tensor(.panels(lines, outputs), uninitialized: ())
        packWeights(
            weights, into: tensor.base, inputs: inputs, outputs: outputs, places: places, precision: precision
        )
        return Parameter(
            tensor, stored, columns: outputs,
            rounded: precision == .float32 ? nil : (places, inputs))
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

    private func kept(_ parameter: Parameter) -> Parameter {
        list?.append(parameter)
        return parameter
    }
}
