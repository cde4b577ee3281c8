import Diagnostics
import Files
import JSONValues

/// What a safetensors file says of its tensors, checked against the format and against the file's length.
///
/// The file is a length n of 8 bytes (little-endian), a JSON object of n bytes, and the tensors' bytes one after
/// the other without a gap. Each member of the object is a tensor's name with `dtype`, `shape` and `data_offsets`;
/// `__metadata__` holds strings.
struct SafetensorsHeader: Sendable {
    /// A tensor: how its elements are stored, its shape, and where its bytes are in the file.
    struct Entry: Sendable {
        let type: ElementType
        let shape: [Int]
        let bytes: Range<Int>
    }

    /// The most bytes that a header may take; the reference implementation has the same limit.
    static let largestHeader = 100_000_000
    /// The most dimensions that a tensor may have.
    static let highestRank = 16

    /// The tensors by name.
    let entries: [String: Entry]
    /// What `__metadata__` says.
    let metadata: [String: String]

    /// Reads and checks the header of a file.
    init(of file: InputFile) throws(Failure) {
        let fault = { (what: String) in
            Failure(
                .badInput, "\(file.path) is not a whole safetensors file: \(what)",
                hint: "Download or save it again; it may be truncated, altered or of another format.")
        }
        guard file.size >= 8 else { throw fault("it has only \(file.size) bytes") }
        let length = try file.bytes(at: 0, count: 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= Self.largestHeader else { throw fault("it announces a header of \(length) bytes") }
        let start = 8 + Int(length)
        guard start <= file.size else {
            throw fault("its header should have \(length) bytes, and the whole file has \(file.size)")
        }
        let text = try file.bytes(at: 8, count: Int(length))
        guard text.first == UInt8(ascii: "{") else { throw fault("its header does not begin with '{'") }
        guard let header = try JSONValue(parsing: text, source: "the header of \(file.path)").object else {
            throw fault("its header is not a JSON object")
        }
        var metadata: [String: String] = [:]
        if let value = header["__metadata__"], value != .null {
            guard let members = value.object?.members, members.allSatisfy({ $0.value.string != nil }) else {
                throw fault("its '__metadata__' is not an object of strings")
            }
            for (key, value) in members { metadata[key] = value.string }
        }
        self.metadata = metadata
        var entries: [String: Entry] = [:]
        for (name, value) in header.members where name != "__metadata__" {
            let source = "\(file.path), tensor '\(name)'"
            entries[name] = try Entry(JSONFields(value, source: source), from: start)
        }
        try Self.check(entries, fill: start..<file.size, fault)
        self.entries = entries
    }

    /// Checks that the tensors lie one after the other and fill the file to its last byte.
    private static func check(
        _ entries: [String: Entry], fill data: Range<Int>, _ fault: (String) -> Failure
    ) throws(Failure) {
        var end = data.lowerBound
        let inOrder = entries.sorted {
            ($0.value.bytes.lowerBound, $0.value.bytes.upperBound)
                < ($1.value.bytes.lowerBound, $1.value.bytes.upperBound)
        }
        for (name, entry) in inOrder {
            guard entry.bytes.lowerBound == end else {
                let trouble =
                    entry.bytes.lowerBound < end ? "overlaps the tensor before it" : "leaves a gap before it"
                throw fault("tensor '\(name)' \(trouble)")
            }
            guard entry.bytes.upperBound <= data.upperBound else {
                throw fault(
                    "tensor '\(name)' reaches \(entry.bytes.upperBound - data.upperBound) bytes beyond its end"
                )
            }
            end = entry.bytes.upperBound
        }
        guard end == data.upperBound else {
            throw fault("\(data.upperBound - end) bytes at its end are no tensor's")
        }
    }
}

extension SafetensorsHeader.Entry {
    /// Reads one tensor's member; `start` is the offset in the file at which the tensors' bytes begin.
    init(_ fields: JSONFields, from start: Int) throws(Failure) {
        let fault = { (what: String) in
            Failure(
                .badInput, "\(fields.source): \(what)", hint: "Save the file again; its header is damaged.")
        }
        let word = try fields.string("dtype")
        guard let type = ElementType(rawValue: word) else { throw fault("unknown element type '\(word)'") }
        let shape = try fields.integers("shape")
        guard shape.count <= SafetensorsHeader.highestRank else { throw fault("\(shape.count) dimensions") }
        var size = type.size
        for length in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: length)
            guard length >= 0, !overflow else { throw fault("the shape \(shape) is impossible") }
            size = product
        }
        let offsets = try fields.integers("data_offsets")
        guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= Int.max - start
        else {
            throw fault("the offsets \(offsets) are no range")
        }
        guard offsets[1] - offsets[0] == size else {
            throw fault("\(offsets[1] - offsets[0]) bytes, where \(word) of shape \(shape) takes \(size)")
        }
        self.init(type: type, shape: shape, bytes: start + offsets[0]..<start + offsets[1])
    }
}
