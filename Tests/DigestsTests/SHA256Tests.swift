import Diagnostics
import Foundation
import Testing

@testable import Digests

@Suite struct SHA256Tests {
    /// The examples of FIPS 180-4: a text, how often it is repeated, the digest.
    static let vectors = [
        ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                + "mnopqrstnopqrstu", 1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
        ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ]

    @Test(arguments: vectors) func hashesPublishedMessages(text: String, count: Int, hex: String) {
        #expect(SHA256.digest(of: String(repeating: text, count: count).utf8).hex == hex)
    }

    @Test func doesNotCareHowTheMessageIsCut() {
        let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        let whole = SHA256.digest(of: message)
        for piece in [1, 3, 55, 56, 63, 64, 65, 127, 128, 999] {
            var hash = SHA256()
            for start in stride(from: 0, to: message.count, by: piece) {
                hash.update(message[start..<min(start + piece, message.count)])
            }
            #expect(hash.finalize() == whole, "pieces of \(piece)")
        }
        var lazily = SHA256()
        lazily.update(message.lazy.map { $0 })
        #expect(lazily.finalize() == whole)
    }

    @Test func theProcessorsInstructionsAndThePortableCodeAgree() {
        let message = (0..<64 * 9).map { UInt8(truncatingIfNeeded: ($0 &* $0) >> 3) }
        for blocks in [0, 1, 2, 9] {
            var (fast, portable) = (
                SIMD8<UInt32>(1, 2, 3, 4, 5, 6, 7, .max), SIMD8<UInt32>(1, 2, 3, 4, 5, 6, 7, .max)
            )
            message.prefix(64 * blocks).withUnsafeBytes {
                SHA256.compress($0, into: &fast)
                SHA256.compressPortably($0, into: &portable)
            }
            #expect(fast == portable, "\(blocks) blocks")
        }
    }

    @Test func goesOnAfterFinalize() {
        var hash = SHA256()
        hash.update("ab".utf8)
        #expect(hash.finalize() == SHA256.digest(of: "ab".utf8))
        hash.update("c".utf8)
        #expect(hash.finalize() == SHA256.digest(of: "abc".utf8))
    }

    @Test func hashesAFileOfSeveralPieces() throws {
        let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0) }
        let file = FileManager.default.temporaryDirectory.appending(path: "digests-\(UUID().uuidString)")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(try Digest(ofFile: file.path) == SHA256.digest(of: bytes))
    }

    @Test func namesAFileThatCannotBeRead() {
        let missing = #expect(throws: Failure.self) { try Digest(ofFile: "/nowhere/at-all.bin") }
        #expect(missing?.kind == .missingResource)
        #expect(missing?.summary.contains("/nowhere/at-all.bin") == true)
        let folder = #expect(throws: Failure.self) { try Digest(ofFile: "/") }
        #expect(folder?.kind == .io)
    }
}
