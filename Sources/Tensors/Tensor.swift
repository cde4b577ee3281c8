import Kernels

/// A float32 array of up to four dimensions, row-major, the last dimension closest together.
///
/// A tensor is a view: copies of it and its reshapings share the memory, which lives as long as any of them. Values
/// of a tensor from a `Workspace` are good until the scope it was made in ends. Images are channels-last,
/// [B, H, W, C], everywhere in the engine.
public struct Tensor {
    /// The sizes of the dimensions.
    public let shape: Shape
    let storage: Storage
    let offset: Int
    /// Where the tensor that this is a part of begins in the memory, and the number of its values; a tensor that is no
    /// part is the whole itself.
    let whole: (offset: Int, count: Int)

    init(_ storage: Storage, offset: Int, shape: Shape, partOf whole: (offset: Int, count: Int)? = nil) {
        self.storage = storage
        self.offset = offset
        self.shape = shape
        self.whole = whole ?? (offset, shape.count)
    }

    /// Makes a tensor that owns its memory; `values` are row-major, as many as the shape says.
    public init(_ shape: Shape, _ values: [Float]) {
        self.init(Storage(capacity: shape.count), offset: 0, shape: shape)
        set(values)
    }

    /// Makes a tensor that owns its memory, all values alike.
    public init(_ shape: Shape, repeating value: Float = 0) {
        self.init(Storage(capacity: shape.count), offset: 0, shape: shape)
        fill(value)
    }

    /// Makes a tensor that owns its memory, with whatever values that has.
    init(_ shape: Shape, uninitialized: Void) {
        self.init(Storage(capacity: shape.count), offset: 0, shape: shape)
    }

    /// Where the values begin, for kernels; good while the tensor is held.
    package var base: MutableFloats { storage.base + offset }

    /// The number of values.
    public var count: Int { shape.count }

    /// The values, row-major, copied.
    public var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

    /// Makes all values alike.
    func fill(_ value: Float) {
        guard !MemoryMeter.isDryRun else { return }
        base.update(repeating: value, count: count)
    }

    /// Replaces all values; there must be as many as the shape says.
    public func set(_ values: [Float]) {
        precondition(values.count == count, "\(values.count) values for a tensor of shape \(shape)")
        guard !MemoryMeter.isDryRun else { return }
        base.update(from: values, count: count)
    }

    /// Replaces all values by those of a tensor of as many.
    public func set(_ other: Tensor) {
        precondition(other.count == count, "\(other.shape) does not fit into \(shape)")
        guard !MemoryMeter.isDryRun else { return }
        base.update(from: other.base, count: count)
    }

    /// The same values in another shape.
    public func reshaped(_ shape: Shape) -> Tensor {
        precondition(shape.count == count, "\(self.shape) cannot be seen as \(shape)")
        return Tensor(storage, offset: offset, shape: shape, partOf: whole)
    }

    /// A part of the first dimension, sharing the memory; its gradient is that part of this tensor's.
    public subscript(_ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= shape.batch, "\(range) of \(shape)")
        let size = shape.batch == 0 ? 0 : count / shape.batch
        return Tensor(
            storage, offset: offset + range.lowerBound * size, shape: shape.with(batch: range.count),
            partOf: whole)
    }
}
