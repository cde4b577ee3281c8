import Catalogs
import Diagnostics
import Foundation
import Glibc
import TestSupport
import Testing

@testable import StageKit

struct ClaimsTests {
    private let folder: TemporaryFolder
    private let catalog: Catalog

    init() throws {
        folder = try TemporaryFolder()
        try Catalog.create(at: folder.path("trial.sqlite"), version: "test")
        catalog = try Catalog.open(at: folder.path("trial.sqlite"))
    }

    private func claimed() throws -> [String] {
        try catalog.rows("SELECT item FROM claim ORDER BY item") { $0.text(0) }
    }

    private func free(_ work: String, _ items: [String]) throws -> [String] {
        try items.filter { item in
            try catalog.integer(
                "SELECT \(Claims.free(":item"))", [":item": .text(item)].claiming(work)) == 1
        }
    }

    @Test func keepsItemsApartByWork() throws {
        let claims = Claims(work: "score x")
        try claims.take(["1", "2"], in: catalog)
        #expect(try free("score x", ["1", "2", "3"]) == ["3"])
        #expect(try free("score y", ["1", "2", "3"]) == ["1", "2", "3"])
        try claims.release(["1"], in: catalog)
        #expect(try free("score x", ["1", "2", "3"]) == ["1", "3"])
        try claims.releaseAll(in: catalog)
        #expect(try claimed() == [])
    }

    @Test func endsWithItsDeadline() throws {
        let claims = Claims(work: "score x")
        try claims.take(["1", "2"], in: catalog)
        try catalog.execute("UPDATE claim SET deadline = 1 WHERE item = '1'")
        #expect(try free("score x", ["1", "2"]) == ["1"])
        try claims.clearAbandoned(in: catalog)
        #expect(try claimed() == ["2"], "the living owner keeps what is not past its deadline")
        // Who comes later takes over what has run out, and the former owner cannot give it back.
        try catalog.execute("UPDATE claim SET deadline = 1, owner = 'another' WHERE item = '2'")
        try claims.release(["2"], in: catalog)
        #expect(try claimed() == ["2"])
        try claims.take(["2"], in: catalog)
        #expect(try free("score x", ["2"]) == [])
        try claims.release(["2"], in: catalog)
        #expect(try claimed() == [])
    }

    @Test func endsWithItsOwner() throws {
        let claims = Claims(work: "score x")
        let parts = claims.owner.split(separator: ":").map(String.init)
        try #require(parts.count == 3)
        #expect(parts[1] == "\(getpid())")
        #expect(!Claims.isDead(claims.owner))
        // The process id is in use again, by a process that started at another time.
        let former = "\(parts[0]):\(parts[1]):\((Int(parts[2]) ?? 0) + 1)"
        #expect(Claims.isDead(former))
        let process = try Command.start("figment", ["--version"])
        process.waitUntilExit()
        let dead = "\(parts[0]):\(process.processIdentifier):1"
        #expect(Claims.isDead(dead))
        // Nothing is known of processes of another machine, nor of owners of another form.
        let elsewhere = "another-boot/1:\(process.processIdentifier):1"
        for owner in [elsewhere, "unknown", "", "a:b:c"] { #expect(!Claims.isDead(owner), "\(owner)") }

        try claims.take(["living", "former", "dead", "elsewhere"], in: catalog)
        for (item, owner) in [("former", former), ("dead", dead), ("elsewhere", elsewhere)] {
            try catalog.execute("UPDATE claim SET owner = ? WHERE item = ?", [.text(owner), .text(item)])
        }
        try claims.clearAbandoned(in: catalog)
        #expect(try claimed() == ["elsewhere", "living"])
    }
}
