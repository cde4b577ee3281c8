import Synchronization
import TestSupport
import Testing

@testable import Catalogs
@testable import StageKit

/// A clock that jumps while a stage is at work.
struct ClockTests {
    private static let day = 86_400_000

    /// What becomes of the time, from one look at the clock to the next, in milliseconds.
    @Test(arguments: [
        // Set forward in mid-work and ever again; back likewise; to and fro at every look; an hour back at every look.
        [0, 0, 0, 0, 0, 0, 30 * day], [0, 0, 0, 0, 0, 0, -30 * day], [day, -day], [-3_600_000],
    ])
    func workIsDoneOnceHoweverItJumps(jumps: [Int]) throws {
        let trial = try Trial(12)
        let start = WallClock.milliseconds
        let state = Mutex((time: start, looks: 0))
        let clock: @Sendable () -> Int = {
            state.withLock { state in
                state.time += jumps[min(state.looks, jumps.count - 1) % jumps.count]
                if jumps.count == 2 { state.time = start + jumps[state.looks % 2] }
                state.looks += 1
                return state.time
            }
        }
        try WallClock.$read.withValue(clock) {
            try trial.work("--limit", "5", "--batch", "2")
            #expect(try trial.done().count == 5)
            // A worker that was killed left claims by a clock that was far ahead.
            try Claims(owner: "another:1:1:1", now: { start + 40 * Self.day }).take(
                [("trial", 7)], in: trial.catalog)
            try trial.work("--batch", "2")
        }
        #expect(state.withLock { $0.looks } > 10, "the stage does look at the clock")
        try trial.work()
        #expect(try trial.done() == Array(1...12))
        #expect(try trial.catalog.integer("SELECT count(*) FROM claim") == 0)
        #expect(
            try trial.catalog.integer("SELECT sum(appended) FROM run_event WHERE kind = 'batch'") == 12)
        #expect(try trial.catalog.check() == [])
    }
}
