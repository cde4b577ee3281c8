import Tensors

extension Tensor {
    /// The values, good while the tensor is.
    var buffer: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: base, count: count) }
}
