import Diagnostics
import Kernels

/// The parameters of one part of a network: a source of tensors and the dotted prefix of the part.
public struct Parameters {
    /// Where the tensors come from.
    public let tensors: any TensorSource
    /// The path of the part, such as `down_blocks.0`; empty for the whole network.
    public let prefix: String
    /// Where layers enter what they read, for those who train them.
    let list: ParameterList?
    /// What the products of the weights are made of, and the weights kept in.
    let precision: Precision

    /// Makes the parameters of a whole network, or of the part under `prefix`; what is trained is float32.
    ///
    /// - Parameter precision: what products are made of.
    public init(
        _ tensors: any TensorSource, prefix: String = "", list: ParameterList? = nil,
        precision: Precision = .float32
    ) {
        precondition(list == nil || precision == .float32, "parameters in \(precision) are not trained")
        self.tensors = tensors
        self.prefix = prefix
        self.list = list
        self.precision = precision
    }

    /// The file or folder the tensors come from, for messages.
    public var source: String { tensors.source }

    /// The parameters of a part of this part.
    public func scoped(_ part: String) -> Parameters {
        Parameters(tensors, prefix: path(part), list: list, precision: precision)
    }

    /// The full name of a tensor of this part.
    public func path(_ name: String) -> String { prefix.isEmpty ? name : "\(prefix).\(name)" }

    /// Whether this part has a tensor of this name.
    public func contains(_ name: String) -> Bool { tensors.contains(path(name)) }

    /// The values of a tensor of this part, row-major, in the checkpoint's own layout.
    ///
    /// Throws `badInput`, naming file and tensor, where the tensor is missing, of another shape, or not finite.
    public func values(_ name: String, _ shape: [Int]) throws(Failure) -> [Float] {
        let values = try tensors.values(of: path(name), shape: shape)
        guard MemoryMeter.isDryRun || areFinite(values, count: values.count) else {
            throw Failure(
                .badInput, "weights file \(source): tensor '\(path(name))' holds NaN or infinity",
                hint: "The training that made it went wrong, or the file is damaged; use another.")
        }
        return values
    }
}
