import Diagnostics

/// Something that holds named float32 tensors: a checkpoint file, or values a test made up.
public protocol TensorSource {
    /// The file or folder the tensors come from, for messages.
    var source: String { get }

    /// Whether a tensor of this name exists.
    func contains(_ name: String) -> Bool

    /// The values of a tensor, row-major, in the checkpoint's own layout.
    ///
    /// Throws `badInput`, naming file and tensor, where the tensor is missing or of another shape.
    func values(of name: String, shape: [Int]) throws(Failure) -> [Float]
}
