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

    private func free(_ work: String, _ ids: [Int], _ claims: Claims = Claims()) throws -> [Int] {
        try ids.filter { id in
            var bindings = claims.bindings
            bindings[":work"] = .text(work)
            bindings[":id"] = .integer(id)
            return try catalog.integer("SELECT \(Claims.free(":id"))", bindings) == 1
        }
    }

    private func items(_ work: String, _ ids: Int...) -> [(work: String, id: Int)] { ids.map { (work, $0) } }

    @Test func keepsItemsApartByWork() throws {
        let claims = Claims()
        try claims.take(items("score x", 1, 2), in: catalog)
        #expect(try free("score x", [1, 2, 3]) == [3])
        #expect(try free("score y", [1, 2, 3]) == [1, 2, 3])
        try Claims().release(in: catalog)
        #expect(try claimed() == ["1", "2"], "another worker's, though of the same process")
        try claims.release(in: catalog)
        #expect(try claimed() == [])
    }

    @Test func endsWithItsDeadline() throws {
        let claims = Claims()
        try claims.take(items("score x", 1, 2), in: catalog)
        try catalog.execute("UPDATE claim SET deadline = 1 WHERE item = '1'")
        #expect(try free("score x", [1, 2]) == [1])
        try claims.clearAbandoned(in: catalog)
        #expect(try claimed() == ["2"], "the living owner keeps what is not past its deadline")
        // Who comes later takes over what has run out, and the former owner can neither prolong it nor give it back.
        try catalog.execute("UPDATE claim SET deadline = 1 WHERE item = '2'")
        let later = Claims()
        try later.take(items("score x", 2), in: catalog)
        try claims.prolong(in: catalog)
        try claims.release(in: catalog)
        #expect(try catalog.rows("SELECT owner FROM claim") { $0.text(0) } == [later.owner])
    }

    @Test(arguments: [-1, 1])
    func outlivesNoJumpOfTheClock(direction: Int) throws {
        let (start, hour) = (WallClock.milliseconds, 3_600_000)
        let before = Claims(now: { start })
        try before.take(items("score x", 1), in: catalog)
        let after = Claims(owner: before.owner, now: { start + direction * hour })
        #expect(try free("score x", [1], after) == [1])
        // The owner is alive, and says so at its next beat: again the item is its own.
        try after.prolong(in: catalog)
        #expect(try free("score x", [1], after) == [])
        try after.clearAbandoned(in: catalog)
        #expect(try claimed() == ["1"])
    }

    @Test(arguments: [-60_000, -1, 0, 1, 60_000])
    func isKeptWhenTheClockIsSetRight(by milliseconds: Int) throws {
        let start = WallClock.milliseconds
        let claims = Claims(now: { start })
        try claims.take(items("score x", 1), in: catalog)
        #expect(try free("score x", [1], Claims(now: { start + milliseconds })) == [])
    }

    @Test func isProlongedByHeartbeats() throws {
        let claims = Claims()
        try claims.take(items("score x", 1), in: catalog)
        try catalog.execute("UPDATE claim SET deadline = 1")
        let heartbeat = Heartbeat(of: claims.owner, on: folder.path("trial.sqlite"), every: 0.01)
        let deadline = ContinuousClock.now + .seconds(30)
        while try free("score x", [1]) == [1], .now < deadline { usleep(1_000) }
        heartbeat.end()
        #expect(try free("score x", [1]) == [])
        // After its end nothing is written.
        try catalog.execute("UPDATE claim SET deadline = 1")
        #expect(try free("score x", [1]) == [1])
    }

    @Test func endsWithItsOwner() throws {
        let owner = ClaimOwner.current()
        #expect(owner != ClaimOwner.current())
        let parts = owner.split(separator: ":").map(String.init)
        try #require(parts.count == 4)
        #expect(parts[1] == "\(getpid())")
        #expect(!ClaimOwner.isDead(owner))
        // The process id is in use again, by a process that started at another time.
        let former = "\(parts[0]):\(parts[1]):\((Int(parts[2]) ?? 0) + 1):\(parts[3])"
        #expect(ClaimOwner.isDead(former))
        let process = try Command.start("figment", ["--version"])
        process.waitUntilExit()
        let dead = "\(parts[0]):\(process.processIdentifier):1:0"
        #expect(ClaimOwner.isDead(dead))
        // Nothing is known of processes of another machine, nor of owners of another form.
        let elsewhere = "another-boot/1:\(process.processIdentifier):1:0"
        for owner in [elsewhere, "unknown", "", "a:b:c"] { #expect(!ClaimOwner.isDead(owner), "\(owner)") }

        try Claims(owner: owner).take(items("score x", 1), in: catalog)
        try Claims(owner: former).take(items("score x", 2), in: catalog)
        try Claims(owner: dead).take(items("score y", 3), in: catalog)
        try Claims(owner: elsewhere).take(items("score x", 4), in: catalog)
        try Claims().clearAbandoned(in: catalog)
        #expect(try claimed() == ["1", "4"])
    }
}
