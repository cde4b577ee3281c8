import Diagnostics
import Files

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

    /// The most bytes that a header may promise; all are held at once.
    ///
    /// EMNIST, the largest of the family, has 522 MiB.
    public static let byteLimit = 768 << 20

    /// Reads a file.
    ///
    /// - Throws: missingResource where there is none; io where it cannot be read; badInput that names the file and the
    ///   count that does not fit.
    public init(contentsOf path: String) throws(Failure) {
        try self.init(UnpackedBytes(InputFile(path)))
    }

    /// Reads a file's bytes.
    ///
    /// - Throws: badInput that names the file and the count that does not fit.
    public init(parsing bytes: [UInt8], name: String) throws(Failure) {
        try self.init(UnpackedBytes(bytes, name: name))
    }

    private init(_ source: UnpackedBytes) throws(Failure) {
        let name = source.name
        let head = try source.bytes(4)
        guard head.count == 4, head[0] == 0, head[1] == 0, head[2] == 8, [1, 3].contains(head[3]) else {
            throw Failure(
                .badInput, "\(name) is no IDX file of unsigned bytes in 1 or 3 dimensions",
                hint: "Give the files as they are published (…-idx3-ubyte.gz, …-idx1-ubyte.gz).")
        }
        let dimensions = try source.bytes(4 * Int(head[3]))
        guard dimensions.count == 4 * Int(head[3]) else {
            throw Failure(.badInput, "\(name) ends inside its header", hint: "Replace it by a whole copy.")
        }
        shape = stride(from: 0, to: dimensions.count, by: 4).map { start in
            dimensions[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        for (index, dimension) in shape.enumerated() where dimension == 0 {
            throw Failure(
                .badInput, "\(name): dimension \(index + 1) is 0", hint: "Check that it is the right file.")
        }
        let sizes = shape.map(String.init).joined(separator: " × ")
        let (size, isTooLarge) = shape.reduce((1, false)) { product, dimension in
            let (value, isTooLarge) = product.0.multipliedReportingOverflow(by: dimension)
            return (value, product.1 || isTooLarge)
        }
        guard !isTooLarge, size <= Self.byteLimit else {
            throw Failure(
                .badInput,
                "\(name): the header promises \(sizes) bytes; at most \(Self.byteLimit >> 20) MiB are read",
                hint: "Check that it is the right file, or cut it into several.")
        }
        if shape.count == 3 { try ImageLimits().check(width: shape[2], height: shape[1], name: name) }
        // Nothing is taken for what the file cannot hold.
        let found = try source.bytes(min(size, source.mostCount))
        let rest = try source.bytes(1)
        guard found.count == size, rest.isEmpty else {
            let count = rest.isEmpty ? "\(found.count)" : "more"
            throw Failure(
                .badInput, "\(name): the header promises \(size) bytes (\(sizes)), and \(count) follow",
                hint: "Replace it by a whole copy.")
        }
        self.name = name
        bytes = found
    }

    /// N.
    public var count: Int { shape[0] }

    /// The grey levels of picture `index`, H × W row by row.
    public func picture(_ index: Int) -> ArraySlice<UInt8> {
        precondition(shape.count == 3, "no file of pictures")
        let size = shape[1] * shape[2]
        return bytes[index * size..<(index + 1) * size]
    }

    /// The labels of a file in one dimension.
    public var labels: ArraySlice<UInt8> {
        precondition(shape.count == 1, "no file of labels")
        return bytes[...]
    }
}
