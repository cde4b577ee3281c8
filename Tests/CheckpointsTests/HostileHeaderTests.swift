import Checkpoints
import Diagnostics
import Foundation
import TestSupport
import Testing

/// Files that are not what the format says: each gets one failure that names it, none a trap.
@Suite struct HostileHeaderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let headers: [(header: String, bytes: Int, says: String)] = [
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7, "1 bytes beyond its end"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9, "1 bytes at its end"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12, "leaves a gap"),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            8, "'b' overlaps"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            4, "a key twice"
        ),
        (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, "takes 12"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, "are no range"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, 8, "are no range"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}"#, 8, "are no range"),
        (
            #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}"#, 0,
            "are no range"
        ),
        (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8, "is impossible"),
        (
            #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0,
            "is impossible"
        ),
        (#"{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}"#, 8, "field 'shape'"),
        (#"{"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,8]}}"#, 8, "field 'shape'"),
        (
            #"{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}"#, 1,
            "17 dimensions"
        ),
        (#"{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}"#, 8, "unknown element type 'F31'"),
        (#"{"a":{"dtype":"F32","shape":[2]}}"#, 8, "no field 'data_offsets'"),
        (#"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, 8, "no field 'dtype'"),
        (#"{"a":7}"#, 0, "not a JSON object"),
        (#"{"__metadata__":{"format":1}}"#, 0, "'__metadata__'"),
        (#"["a"]"#, 0, "does not begin with '{'"),
        (#" {}"#, 0, "does not begin with '{'"),
        (#"{"a":"#, 0, "not valid JSON"),
        ("{}", 4, "4 bytes at its end"),
        ("", 0, "does not begin with '{'"),
    ]

    @Test(arguments: headers) func refusesByName(header: String, bytes: Int, says: String) throws {
        let path = try write(UInt64(header.utf8.count), header, bytes)
        let failure = #expect(throws: Failure.self) { try SafetensorsFile(path) }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains(path) == true)
        #expect(failure?.summary.contains(says) == true, "\(failure?.summary ?? "")")
        #expect(failure?.hint != nil)
    }

    @Test(arguments: [UInt64.max, 1 << 63, 100_000_001, 200, 3])
    func refusesALengthThatIsNotTheHeaders(length: UInt64) throws {
        let path = try write(length, "{}", 0)
        let failure = #expect(throws: Failure.self) { try SafetensorsFile(path) }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("header") == true)
    }

    @Test func takesWhatTheFormatAllows() throws {
        let tensor = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
        let empty = #"{"dtype":"F16","shape":[0,3],"data_offsets":[4,4]}"#
        let header = #"{"b":\#(empty),"__metadata__":{"a":"b"},"a":\#(tensor)}   "#
        let file = try SafetensorsFile(write(UInt64(header.utf8.count), header, 4))
        #expect(file.names == ["a", "b"])
        #expect(try file.values(of: "a", shape: [1]) == [0])
        #expect(try file.values(of: "b", shape: [0, 3]) == [])
        #expect(try SafetensorsFile(write(2, "{}", 0)).names == [])
    }

    @Test func refusesEveryTruncation() throws {
        let whole = try Fixture.bytes("Checkpoints/sharded/model-00001-of-00003.safetensors")
        let path = try folder.write("cut.safetensors", whole)
        let handle = try FileHandle(forUpdating: URL(filePath: path))
        for count in (0..<whole.count).reversed() {
            try handle.truncate(atOffset: UInt64(count))
            #expect(throws: Failure.self, "\(count) bytes") { try SafetensorsFile(path) }
        }
    }

    @Test func survivesEveryChangedByte() throws {
        let whole = try Fixture.bytes("Checkpoints/sharded/model-00001-of-00003.safetensors")
        let path = try folder.write("changed.safetensors", whole)
        let handle = try FileHandle(forUpdating: URL(filePath: path))
        func put(_ byte: UInt8, at index: Int) throws {
            try handle.seek(toOffset: UInt64(index))
            try handle.write(contentsOf: [byte])
        }
        let headerEnd = 8 + (Int(whole[0]) | Int(whole[1]) << 8)
        var refused = 0
        var unnamed = 0
        for index in 0..<headerEnd {
            for byte in [0x00, 0x20, 0x22, 0x2D, 0x2E, 0x30, 0x39, 0x5D, 0x7D, 0xFF] as [UInt8] {
                try put(byte, at: index)
                do throws(Failure) {
                    let file = try SafetensorsFile(path)
                    for name in file.names {
                        _ = try file.values(of: name, shape: file.shape(of: name) ?? [])
                    }
                } catch {
                    refused += 1
                    if !error.summary.contains(path) { unnamed += 1 }
                }
            }
            try put(whole[index], at: index)
        }
        #expect(refused > headerEnd * 5)
        #expect(unnamed == 0)
    }

    @Test func refusesWhatIsNoFile() throws {
        let missing = #expect(throws: Failure.self) { try SafetensorsFile(folder.path("none")) }
        #expect(missing?.kind == .missingResource)
        let isFolder = #expect(throws: Failure.self) { try SafetensorsFile(folder.url.path) }
        #expect(isFolder?.kind == .io)
        #expect(isFolder?.summary.contains("is a folder") == true)
    }

    @Test func noticesAFileThatShrinksLater() throws {
        let header = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
        let path = try write(UInt64(header.utf8.count), header, 8)
        let file = try SafetensorsFile(path)
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.truncate(atOffset: 20)
        try handle.close()
        let failure = #expect(throws: Failure.self) { try file.values(of: "a", shape: [2]) }
        #expect(failure?.kind == .io)
        #expect(failure?.summary.contains(path) == true)
    }

    private func write(_ length: UInt64, _ header: String, _ zeros: Int) throws -> String {
        let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        return try folder.write(
            "hostile.safetensors", prefix + Array(header.utf8) + [UInt8](repeating: 0, count: zeros))
    }
}
