import Diagnostics
import Foundation
import SQLite
import TestSupport
import Testing

@testable import Catalogs

/// Bytes that a disk has flipped, anywhere in the catalog's file: a finding that says where, or another value in a
/// row; never a trap, never an error without a name.
struct DamagedFileTests {
    let workspace: Workspace
    let whole: Data

    init() throws {
        workspace = try Workspace()
        try workspace.image(of: Array("a picture".utf8))
        try workspace.caption()
        for number in 0..<60 { try workspace.vocabulary("name \(number)") }
        try workspace.catalog.checkpoint()
        whole = try Data(contentsOf: URL(filePath: workspace.path))
    }

    /// What the check says of a copy with other bytes at a place.
    private func findings(changing range: Range<Int>, _ change: (UInt8) -> UInt8) throws -> [Finding] {
        var bytes = whole
        for index in range { bytes[index] = change(bytes[index]) }
        try bytes.write(to: URL(filePath: workspace.folder.path("damaged.sqlite")))
        try? FileManager.default.copyItem(
            atPath: workspace.folder.path("animals.packs"), toPath: workspace.folder.path("damaged.packs"))
        return try Catalog.check(at: workspace.folder.path("damaged.sqlite"))
    }

    /// The page that a table begins with.
    private func root(of table: String) throws -> Int {
        try workspace.catalog.integer("SELECT rootpage FROM sqlite_schema WHERE name = ?", [.text(table)])
    }

    @Test(arguments: ["vocabulary", "image", "caption", "migration", "run", "snapshot_item"])
    func namesTheTableWhosePageIsLost(table: String) throws {
        let start = (try root(of: table) - 1) * 4_096
        let found = try findings(changing: start..<start + 4_096) { _ in 0xA5 }
        #expect(
            found.contains { $0.kind == .file && $0.message.contains("table \(table)") },
            "\(found.map(\.message))")
    }

    @Test func namesThePage() throws {
        let page = try root(of: "vocabulary")
        let found = try findings(changing: (page - 1) * 4_096..<page * 4_096) { _ in 0xA5 }
        #expect(
            found.contains {
                $0.message.hasPrefix("table vocabulary: ") && $0.message.contains("age \(page)")
            },
            "\(found.map(\.message))")
    }

    @Test func survivesALostSchema() throws {
        let found = try findings(changing: 200..<4_096) { _ in 0xA5 }
        #expect(
            found.contains { $0.kind == .file && $0.message.contains("damaged") }, "\(found.map(\.message))")
    }

    @Test func saysWhereACatalogWasCutOff() throws {
        let path = try workspace.folder.write("cut.sqlite", Array(whole.prefix(40_000)))
        #expect(
            try Catalog.check(at: path).map(\.message) == [
                "it was cut off after 40000 of its \(whole.count) bytes"
            ])
    }

    @Test(arguments: [0, 5, 15]) func knowsACatalogByMostOfItsHeader(offset: Int) throws {
        #expect(
            try findings(changing: offset..<offset + 1) { $0 ^ 0x10 }.map(\.message) == [
                "page 1: the header is damaged, so that nothing behind it can be read"
            ])
    }

    @Test func leavesAnotherKindOfFileAlone() throws {
        let path = try workspace.folder.write("picture.png", String(repeating: "a picture ", count: 900))
        let refusal = failure { _ = try Catalog.check(at: path) }
        #expect(refusal?.kind == .catalog)
        #expect(refusal?.summary == "\(path) is not an SQLite database")
    }

    /// Flips bits all over the file: what they hit is named, or it is a value that nothing else follows from.
    @Test func namesWhateverIsHit() throws {
        var random: UInt64 = 7
        var damaged = 0
        for _ in 0..<100 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let place = Int(random >> 33) % whole.count
            let bit = UInt8(1) << UInt8(random >> 30 & 7)
            let found = try findings(changing: place..<place + 1) { $0 ^ bit }
            damaged += found.isEmpty ? 0 : 1
            for finding in found {
                #expect(
                    finding.message.contains(
                        #/table|page|pack|trigger|index|view|schema|user_version/#.ignoresCase()),
                    "byte \(place): \(finding)")
            }
        }
        #expect(damaged > 10)
    }
}
