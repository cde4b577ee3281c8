import Digests
import JSONValues
import Testing

@Suite struct DigestTests {
    static let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test func readsAndWritesHexadecimal() {
        let digest = Digest(hex: Self.hex)
        #expect(digest?.hex == Self.hex)
        #expect(digest == Digest(hex: Self.hex.uppercased()))
        #expect(digest?.bytes.count == 32)
        #expect(digest?.bytes.first == 0xba)
        #expect(digest == digest.flatMap { Digest(bytes: $0.bytes) })
    }

    @Test(arguments: [
        "", "ba", String(hex.dropLast()), hex + "00", "g" + hex.dropFirst(), "+a" + hex.dropFirst(2),
    ])
    func refusesWhatIsNoDigest(text: String) {
        #expect(Digest(hex: text) == nil)
    }
}

@Suite struct UIDTests {
    @Test func isTheFirstHalfOfTheHashOfTheCanonicalText() {
        let uid = UID(of: "caption", [("text", "a red coat"), ("concept", 7)])
        let canonical = #"{"entity":"caption","fields":{"concept":7,"text":"a red coat"}}"#
        #expect(uid.hex == String(SHA256.digest(of: canonical.utf8).hex.prefix(32)))
        #expect(uid.hex == "66ddb34beb511f7457cf9927bf518550")
    }

    @Test func dependsOnEveryFieldButNotOnTheirOrder() {
        let uid = UID(of: "caption", [("text", "a"), ("concept", 7)])
        #expect(uid == UID(of: "caption", [("concept", 7), ("text", "a")]))
        #expect(uid != UID(of: "caption", [("concept", 8), ("text", "a")]))
        #expect(uid != UID(of: "image", [("concept", 7), ("text", "a")]))
        #expect(uid != UID(of: "caption", [("concept", 7), ("text", "a"), ("note", "")]))
    }

    @Test func aNullFieldIsAbsent() {
        let uid = UID(of: "caption", [("text", "a"), ("concept", 7)])
        #expect(uid == UID(of: "caption", [("concept", 7), ("text", "a"), ("note", nil)]))
    }

    @Test func readsAndOrdersAsItsDigits() throws {
        let small = try #require(UID(hex: "0000000000000001ffffffffffffffff"))
        let large = try #require(UID(hex: "0000000000000002000000000000000a"))
        #expect(small < large)
        #expect(large.description == "0000000000000002000000000000000a")
        for text in [
            "", "0000000000000002000000000000000A", "0000000000000002000000000000000",
            "z" + large.hex.dropFirst(),
        ] {
            #expect(UID(hex: text) == nil)
        }
    }
}
