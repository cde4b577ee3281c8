/// Where a kernel reads: row-major float32, whose shape every kernel says in words.
public typealias Floats = UnsafePointer<Float>

/// Where a kernel writes: row-major float32 that overlaps an input only where the kernel says that it may.
public typealias MutableFloats = UnsafeMutablePointer<Float>

/// How `total` rows are cut into tiles of nearly equal size; it depends on the shape alone.
struct Tiling {
    let total: Int
    let size: Int
    let count: Int

    /// Cuts into tiles of at most about `target` rows, multiples of 16 where there are several.
    init(_ total: Int, target: Int) {
        let pieces = max(1, (total + target - 1) / target)
        let even = (total + pieces - 1) / pieces
        self.total = total
        size = pieces == 1 ? max(total, 1) : (even + 15) / 16 * 16
        count = (total + size - 1) / size
    }

    subscript(index: Int) -> Range<Int> { index * size..<min((index + 1) * size, total) }
}
