import Diagnostics

/// A file of the MNIST family: bytes in one dimension (labels) or three (N × H × W grey pictures), plain or gzip.
///
/// The layout: two zero bytes, 0x08 for unsigned bytes, the number of dimensions, each dimension as a big-endian
/// 32-bit number, then the bytes.
public struct IDXFile: Sendable {
    /// The name, for messages.
    public let name: String
    /// The dimensions: `[N]` or `[N, H, W]`.
    public let shape: [Int]
    private let bytes: [UInt8]
    private let start: Int

    /// Reads a file's bytes.
    ///
    /// - Throws: badInput that names the file and the count that does not fit.
    public init(parsing packed: [UInt8], name: String, limit: Int = 2 << 30) throws(Failure) {
        let bytes = Gzip.isGzip(packed) ? try Gzip.inflate(packed, name: name, limit: limit) : packed
        let head = Array(bytes.prefix(4))
        guard head.count == 4, head[0] == 0, head[1] == 0, head[2] == 8, [1, 3].contains(head[3]) else {
            throw Failure(
                .badInput, "\(name) is no IDX file of unsigned bytes in 1 or 3 dimensions",
                hint: "Give the files as they are published (…-idx3-ubyte.gz, …-idx1-ubyte.gz).")
        }
        let start = 4 + 4 * Int(head[3])
        guard bytes.count >= start else {
            throw Failure(.badInput, "\(name) ends inside its header", hint: "Replace it by a whole copy.")
        }
        var shape: [Int] = []
        var size = 1
        for position in stride(from: 4, to: start, by: 4) {
            let dimension = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            let (product, isTooLarge) = size.multipliedReportingOverflow(by: dimension)
            guard dimension > 0, !isTooLarge else {
                throw Failure(
                    .badInput, "\(name): dimension \(shape.count + 1) is \(dimension)",
                    hint: "Check that it is the right file.")
            }
            shape.append(dimension)
            size = product
        }
        guard bytes.count - start == size else {
            throw Failure(
                .badInput,
                "\(name): the header promises \(size) bytes (\(shape.map(String.init).joined(separator: " × "))), "
                    + "and \(bytes.count - start) follow",
                hint: "Replace it by a whole copy.")
        }
        self.name = name
        self.shape = shape
        self.bytes = bytes
        self.start = start
    }

    /// N.
    public var count: Int { shape[0] }

    /// The grey levels of picture `index`, H × W row by row.
    public func picture(_ index: Int) -> ArraySlice<UInt8> {
        precondition(shape.count == 3, "no file of pictures")
        let size = shape[1] * shape[2]
        return bytes[start + index * size..<start + (index + 1) * size]
    }

    /// The labels of a file in one dimension.
    public var labels: ArraySlice<UInt8> {
        precondition(shape.count == 1, "no file of labels")
        return bytes[start...]
    }
}
