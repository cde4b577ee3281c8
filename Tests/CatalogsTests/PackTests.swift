import Diagnostics
import Digests
import Foundation
import SQLite
import TestSupport
import Testing

@testable import Catalogs

struct PackTests {
    let workspace: Workspace
    var catalog: Catalog { workspace.catalog }
    var firstPack: String { workspace.folder.path("animals.packs/0001.sqlite") }

    init() throws { workspace = try Workspace() }

    @Test func givesBackWhatWasPut() throws {
        let payloads: [[UInt8]] = [
            Array("one".utf8), [], Array(repeating: 7, count: 100_000), Array("one".utf8),
        ]
        let writer = catalog.payloadWriter(run: workspace.run)
        let stored = try writer.put(payloads)
        try writer.close()
        #expect(stored.map(\.byteCount) == [3, 0, 100_000, 3])
        #expect(stored.map(\.digest) == payloads.map { SHA256.digest(of: $0) })
        for (payload, place) in zip(payloads, stored) {
            #expect(try catalog.payload(place.digest.hex, in: place.packID) == payload)
        }
        #expect(try Connection(firstPack, .readOnly).integer("SELECT count(*) FROM payload") == 3)
    }

    @Test func isThereForOtherReadersAtOnce() throws {
        let writer = catalog.payloadWriter(run: workspace.run)
        let stored = try #require(try writer.put([[1, 2, 3]]).first)
        #expect(
            try Catalog.open(at: workspace.path).payload(stored.digest.hex, in: stored.packID) == [1, 2, 3])
    }

    @Test func givesEveryWriterAPackOfItsOwn() throws {
        let first = catalog.payloadWriter(run: workspace.run)
        let second = catalog.payloadWriter(run: workspace.run)
        let packs = try [first, second, first].map { writer in try writer.put([[1]]).map(\.packID) }
        #expect(packs[0] == packs[2])
        #expect(packs[0] != packs[1])
        try first.close()
        let third = catalog.payloadWriter(run: workspace.run)
        #expect(try third.put([[2]]).map(\.packID) == packs[0])
        #expect(
            try catalog.rows("SELECT file FROM pack ORDER BY id") { $0.text(0) } == [
                "0001.sqlite", "0002.sqlite",
            ])
    }

    @Test func sealsAFullPack() throws {
        let writer = catalog.payloadWriter(run: workspace.run, sizeLimit: 50_000)
        let first = try writer.put([Array(repeating: 1, count: 60_000)])
        let second = try writer.put([Array(repeating: 2, count: 10)])
        try writer.close()
        #expect(first[0].packID != second[0].packID)
        let seals = try catalog.rows("SELECT pack_id, payload_count, byte_count, sha256 FROM pack_seal") {
            $0.values
        }
        #expect(seals.count == 1)
        #expect(seals[0][..<3] == [.integer(first[0].packID), 1, 60_000])
        #expect(seals[0][3] == .text(try Digest(ofFile: firstPack).hex))
        #expect(try catalog.payload(first[0].digest.hex, in: first[0].packID).count == 60_000)
    }

    @Test func refusesAnAlteredPayload() throws {
        let digest = try workspace.image(of: Array("a picture".utf8)).hex
        try workspace.tamper(firstPack, "UPDATE payload SET bytes = x'00'")
        let altered = failure { _ = try catalog.payload(digest, in: 1) }
        #expect(altered?.kind == .catalog)
        #expect(altered?.summary == "the payload \(digest) in the pack \(firstPack) has been altered")
    }

    @Test func namesAMissingPayloadAndAMissingPack() throws {
        let digest = try workspace.image(of: Array("a picture".utf8)).hex
        let zeros = String(repeating: "0", count: 64)
        let missing = failure { _ = try catalog.payload(zeros, in: 1) }
        #expect(missing?.summary == "the pack \(firstPack) lacks the payload \(zeros)")
        #expect(failure { _ = try catalog.payload(digest, in: 5) }?.kind == .catalog)
        try FileManager.default.removeItem(atPath: firstPack)
        let other = try Catalog.open(at: workspace.path)
        let gone = failure { _ = try other.payload(digest, in: 1) }
        #expect(gone?.kind == .missingResource)
        #expect(gone?.summary == "the pack \(firstPack) is missing")
    }

    @Test func refusesAFileThatIsNoPack() throws {
        try workspace.folder.write("animals.packs/0001.sqlite", String(repeating: "noise ", count: 1_000))
        let refused = failure { _ = try catalog.payloadWriter(run: workspace.run).put([[1]]) }
        #expect(refused?.kind == .catalog)
    }

    /// A pack whose payloads are lost may come back from a copy, and what was put since must not be lost by that.
    @Test(arguments: ["missing", "cut to nothing", "begun anew"])
    func goesOnBesideAPackThatIsLost(how: String) throws {
        let digest = try workspace.image(of: [1]).hex
        let kept = workspace.folder.path("kept.sqlite")
        try FileManager.default.moveItem(atPath: firstPack, toPath: kept)
        switch how {
        case "cut to nothing": try workspace.folder.write("animals.packs/0001.sqlite", "")
        case "begun anew": _ = try Pack(writing: firstPack)
        default: break
        }
        let later = try workspace.image(of: [2]).hex
        let packs = try catalog.rows(
            "SELECT file FROM image JOIN pack ON pack.id = pack_id ORDER BY image.id"
        ) {
            $0.text(0)
        }
        #expect(packs == ["0001.sqlite", "0002.sqlite"])
        try? FileManager.default.removeItem(atPath: firstPack)
        try FileManager.default.moveItem(atPath: kept, toPath: firstPack)
        let restored = try Catalog.open(at: workspace.path)
        #expect(try restored.payload(digest, in: 1) == [1])
        #expect(try restored.payload(later, in: 2) == [2])
        #expect(try restored.check() == [])
    }

    @Test func goesOnWithAnEmptyPackThatNoRowNeeds() throws {
        let writer = catalog.payloadWriter(run: workspace.run)
        try writer.put([])
        try writer.close()
        try workspace.image(of: [1])
        #expect(try catalog.rows("SELECT file FROM pack") { $0.text(0) } == ["0001.sqlite"])
    }

    @Test func leavesNothingOfACopyThatFailed() throws {
        try workspace.image(of: [1])
        let target = workspace.folder.path("animals.packs/copy.sqlite")
        let zeros = String(repeating: "0", count: 64)
        let noise = try workspace.folder.write("noise.sqlite", String(repeating: "noise ", count: 1_000))
        #expect(failure { try PackFile.copy(firstPack, seal: zeros, to: target) }?.kind == .catalog)
        #expect(failure { try PackFile.copy(noise, seal: nil, to: target) }?.kind == .catalog)
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
        #expect(failure { try PackFile.copy(firstPack, seal: nil, to: target) }?.kind == .io)
        #expect(failure { try PackFile.link(to: firstPack, at: target) }?.kind == .io)
        let files = try FileManager.default.contentsOfDirectory(
            atPath: workspace.folder.path("animals.packs"))
        #expect(Set(files) == ["0001.lock", "0001.sqlite", "0001.sqlite-journal", "copy.sqlite"])
    }
}
