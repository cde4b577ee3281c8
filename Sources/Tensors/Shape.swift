import Kernels

/// The sizes of a tensor's dimensions, outermost first; up to four, held inline.
public struct Shape: Hashable, Sendable {
    /// The number of dimensions, one to four.
    public let rank: Int
    private let sizes: SIMD4<Int>

    /// Makes the shape of a vector.
    public init(_ a: Int) { self.init(rank: 1, SIMD4(a, 1, 1, 1)) }
    /// Makes the shape of a matrix.
    public init(_ a: Int, _ b: Int) { self.init(rank: 2, SIMD4(a, b, 1, 1)) }
    /// Makes the shape of a batch of matrices, such as [B, T, C].
    public init(_ a: Int, _ b: Int, _ c: Int) { self.init(rank: 3, SIMD4(a, b, c, 1)) }
    /// Makes the shape of a batch of images, such as [B, H, W, C].
    public init(_ a: Int, _ b: Int, _ c: Int, _ d: Int) { self.init(rank: 4, SIMD4(a, b, c, d)) }

    /// Makes the shape of a matrix [K, N] in panels of sixteen columns, [⌈N/16⌉, K, 16].
    public static func panels(_ depth: Int, _ columns: Int) -> Shape {
        Shape(Panels.count(columns: columns), depth, 16)
    }

    private init(rank: Int, _ sizes: SIMD4<Int>) {
        precondition(sizes.min() >= 0, "a dimension of negative size")
        self.rank = rank
        self.sizes = sizes
    }

    /// The size of a dimension.
    public subscript(_ dimension: Int) -> Int {
        precondition(dimension >= 0 && dimension < rank, "\(self) has no dimension \(dimension)")
        return sizes[dimension]
    }

    /// The number of values.
    public var count: Int { sizes[0] * sizes[1] * sizes[2] * sizes[3] }
    /// B, the size of the first dimension.
    public var batch: Int { sizes[0] }
    /// C, the size of the last dimension.
    public var channels: Int { sizes[rank - 1] }
    /// The number of rows of C values in each of the B blocks: 1 for [B, C], T for [B, T, C], H·W for images.
    public var rows: Int { rank < 3 ? 1 : rank == 3 ? sizes[1] : sizes[1] * sizes[2] }

    /// The same shape with another last dimension.
    public func with(channels: Int) -> Shape {
        var changed = sizes
        changed[rank - 1] = channels
        return Shape(rank: rank, changed)
    }

    /// The same shape with another first dimension.
    public func with(batch: Int) -> Shape {
        var changed = sizes
        changed[0] = batch
        return Shape(rank: rank, changed)
    }
}

extension Shape: CustomStringConvertible {
    /// The sizes in brackets, such as "[2, 8, 8, 96]".
    public var description: String {
        "[" + (0..<rank).map { String(sizes[$0]) }.joined(separator: ", ") + "]"
    }
}
