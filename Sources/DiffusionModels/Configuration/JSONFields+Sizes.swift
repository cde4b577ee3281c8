import Checkpoints
import Diagnostics
import JSONValues

/// A height and a width, in pixels.
public struct ImageSize: Hashable, Sendable {
    /// Rows of pixels.
    public let height: Int
    /// Columns of pixels.
    public let width: Int

    /// Makes a size.
    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }
}

/// Sizes in a configuration are small: what is larger is a damaged file, and would overflow a product of sizes.
private let plausible = 1...65_536

extension JSONFields {
    /// Reads a size of at least 1.
    func size(_ key: String, default fallback: Int) throws(Failure) -> Int {
        let size = try integer(key, default: fallback)
        guard plausible ~= size else { throw refusal(key, "a size must be between 1 and 65,536") }
        return size
    }

    /// Reads an odd kernel side.
    func kernelSide(_ key: String, default fallback: Int) throws(Failure) -> Int {
        let side = try integer(key, default: fallback)
        guard 1...15 ~= side, side % 2 == 1 else { throw refusal(key, "it must be odd, from 1 to 15") }
        return side
    }

    /// Reads a list of up to 16 sizes.
    func sizes(_ key: String, default fallback: [Int]) throws(Failure) -> [Int] {
        let sizes = try integers(key, default: fallback)
        guard 1...16 ~= sizes.count, sizes.allSatisfy({ plausible ~= $0 }) else {
            throw refusal(key, "it must be a list of 1 to 16 sizes between 1 and 65,536")
        }
        return sizes
    }

    /// Reads a size for each of `count` blocks: one that holds for all, or a list.
    func sizePerBlock(_ key: String, _ count: Int, default fallback: Int) throws(Failure) -> [Int] {
        guard value(key)?.array != nil else {
            return [Int](repeating: try size(key, default: fallback), count: count)
        }
        return try matching(count, key, try sizes(key, default: []))
    }

    /// Reads a flag for each of `count` blocks: one that holds for all, or a list.
    func flagPerBlock(_ key: String, _ count: Int) throws(Failure) -> [Bool] {
        guard let array = value(key)?.array else {
            return [Bool](repeating: try boolean(key, default: false), count: count)
        }
        return try matching(count, key, array.compactMap(\.boolean))
    }

    /// Reads one of a few names for each of `count` blocks.
    func choicePerBlock<Value>(
        _ key: String, _ named: [(String, Value)], _ count: Int, default fallback: [Value]
    ) throws(Failure) -> [Value] {
        guard value(key) != nil else { return try matching(count, key, fallback) }
        let names = try strings(key)
        let values = names.compactMap { name in named.first { $0.0 == name }?.1 }
        guard values.count == names.count else {
            throw refusal(key, "only \(named.map(\.0).joined(separator: ", ")) are supported")
        }
        return try matching(count, key, values)
    }

    /// Reads a side of a square, or a height and a width; nil where the field is missing.
    func imageSize(_ key: String) throws(Failure) -> ImageSize? {
        guard let field = value(key) else { return nil }
        let sides = field.array == nil ? [try integer(key), try integer(key)] : try integers(key)
        guard sides.count == 2, sides.allSatisfy({ plausible ~= $0 }) else {
            throw refusal(key, "it must be one side, or a height and a width")
        }
        return ImageSize(height: sides[0], width: sides[1])
    }

    private func matching<Value>(_ count: Int, _ key: String, _ values: [Value]) throws(Failure) -> [Value] {
        guard values.count == count else {
            throw refusal(key, "it must have \(count) entries, as block_out_channels")
        }
        return values
    }
}
