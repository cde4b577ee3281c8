import Diagnostics
import TestSupport
import Testing

@testable import ImageCodecs

@Suite struct IDXFileTests {
    static let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9]
    static let pictures: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 11, 12, 13]

    @Test func readsLabelsAndPictures() throws {
        let labels = try IDXFile(parsing: Self.labels, name: "labels")
        #expect(labels.shape == [3] && labels.count == 3 && Array(labels.labels) == [7, 0, 9])
        let pictures = try IDXFile(parsing: Self.pictures, name: "pictures")
        #expect(pictures.shape == [2, 1, 2] && pictures.count == 2)
        #expect(Array(pictures.picture(0)) == [10, 11] && Array(pictures.picture(1)) == [12, 13])
    }

    @Test func readsWhatPythonPacked() throws {
        let bytes = try Fixture.bytes("ImageCodecs/pictures-idx3-ubyte.gz")
        let pictures = try IDXFile(parsing: bytes, name: "pictures-idx3-ubyte.gz")
        #expect(pictures.shape == [3, 2, 4])
        #expect(Array(pictures.picture(2)) == Array(16..<24))
        // Files of several members are as good as one: `cat a.gz b.gz`.
        let one = try UnpackedBytes(bytes, name: "one").bytes(100)
        #expect(one.count == 40)
        #expect(try UnpackedBytes(bytes + bytes, name: "two").bytes(100) == one + one)
    }

    @Test(
        arguments: [
            (Array(labels.dropLast()), "promises 3 bytes"), (labels + [0], "and more follow"),
            (Array(labels.prefix(6)), "ends inside its header"), (Array(labels.prefix(3)), "is no IDX file"),
            ([], "is no IDX file"),
            ([0, 0, 9, 1, 0, 0, 0, 1, 5], "is no IDX file"),
            ([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 1, 5], "is no IDX file"),
            ([0, 0, 8, 1, 0, 0, 0, 0], "dimension 1 is 0"),
            ([0, 0, 8, 3] + [UInt8](repeating: 0xFF, count: 12), "at most 768 MiB"),
            ([0, 0, 8, 1, 0x30, 0, 0, 0], "and 0 follow"), ([0, 0, 8, 1, 0x30, 0, 0, 1], "at most 768 MiB"),
            ([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0x20, 0, 0, 0, 0x20, 0], "8192 × 8192 pixels"),
        ] as [([UInt8], String)])
    func refusesCountsThatDoNotFit(bytes: [UInt8], says: String) {
        let failure = #expect(throws: Failure.self) { try IDXFile(parsing: bytes, name: "train-idx") }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.hasPrefix("train-idx") == true)
        #expect(failure?.summary.contains(says) == true, "\(failure?.summary ?? "")")
    }

    @Test func refusesGzipThatIsCutOrAltered() throws {
        let bytes = try Fixture.bytes("ImageCodecs/pictures-idx3-ubyte.gz")
        for count in 2..<bytes.count {
            #expect(throws: Failure.self, "\(count) bytes") {
                try IDXFile(parsing: Array(bytes[..<count]), name: "cut")
            }
        }
        var altered = bytes
        altered[bytes.count - 6] ^= 1
        #expect(throws: Failure.self) { try IDXFile(parsing: altered, name: "altered") }
        #expect(throws: Failure.self) { try IDXFile(parsing: bytes + [0x1F, 0x8B, 0], name: "longer") }
    }

    @Test func unpacksNoMoreThanTheHeaderPromises() throws {
        let zeros = try Fixture.bytes("ImageCodecs/zeros-idx1-ubyte.gz")
        let failure = #expect(throws: Failure.self) { try IDXFile(parsing: zeros, name: "zeros.gz") }
        #expect(failure?.summary == "zeros.gz: the header promises 4 bytes (4), and more follow")
    }
}
