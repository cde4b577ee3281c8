import Catalogs
import Diagnostics
import TestSupport
import Testing

@testable import StageKit

/// How workers share what there is to do, and remember how far they have come.
struct WorkerTests {
    /// The pictures that the runs say they appended.
    private func appended(_ trial: Trial) throws -> Int {
        try trial.catalog.integer("SELECT sum(appended) FROM run_event WHERE kind = 'batch'")
    }

    @Test func acceptsALateWorkersRowsOnce() throws {
        let trial = try Trial(8)
        let folder = trial.folder
        let late: @Sendable () throws -> Void = {
            // The claim ends while its batch is worked on, and another worker does all of the work meanwhile.
            let catalog = try Catalog.open(at: folder.path("trial.sqlite"))
            guard try catalog.integer("SELECT count(*) FROM claim") == 4 else { return }
            try catalog.execute("UPDATE claim SET deadline = 1")
            try TrialStage.$meanwhile.withValue({}) {
                guard
                    case .run(let arguments) = try StageCommand<TrialStage>.syntax.parse(
                        ["--catalog", folder.path("trial.sqlite")])
                else { return }
                _ = try StageCommand<TrialStage>.run(arguments)
            }
        }
        let status = try TrialStage.$meanwhile.withValue(late) { try trial.work() }
        #expect(status == .success)
        #expect(try trial.done() == Array(1...8))
        #expect(try appended(trial) == 8, "what was there already is not counted again")
        #expect(try trial.catalog.integer("SELECT count(*) FROM claim") == 0)
        #expect(try trial.catalog.check() == [])
    }

    @Test func leavesWhatOthersHaveInHand() throws {
        let trial = try Trial(8)
        let other = Claims()
        try other.take([("trial", 2), ("trial", 7)], in: trial.catalog)
        try trial.work()
        #expect(try trial.done() == [1, 3, 4, 5, 6, 8])
        #expect(try trial.frontiers().last == 1, "what is claimed is not done")
        try other.release(in: trial.catalog)
        try trial.work()
        #expect(try trial.done() == Array(1...8))
        #expect(try trial.frontiers().last == 8)
    }

    @Test func goesOnBehindTheFrontier() throws {
        let trial = try Trial(10)
        try trial.work("--limit", "3", "--batch", "2")
        #expect(try trial.frontiers() == [3])
        try trial.work()
        #expect(try trial.frontiers() == [3, 10])
        try trial.work()
        #expect(try trial.frontiers() == [3, 10], "nothing to do, nothing recorded")
        try trial.add(11...13)
        try trial.work()
        #expect(try trial.done() == Array(1...13))
        #expect(try trial.frontiers() == [3, 10, 13])
        // The search does begin there.
        try trial.add(14...16)
        try trial.catalog.append("frontier", ["work": "trial", "item_id": 15, "run_id": 1])
        try trial.work()
        #expect(try trial.done() == Array(1...13) + [16])
    }

    @Test func aChoiceMovesTheFrontierOnlyPastWhatIsDone() throws {
        let trial = try Trial(10)
        try trial.work("--from", "SELECT id FROM vocabulary WHERE id IN (1, 2, 4, 9)")
        #expect(try trial.done() == [1, 2, 4, 9])
        #expect(try trial.frontiers() == [2])
        try trial.work("--from", "SELECT id FROM vocabulary WHERE id < 6")
        #expect(try trial.frontiers() == [2, 5])
        try trial.work()
        #expect(try trial.done() == Array(1...10))
        #expect(try trial.frontiers() == [2, 5, 10])
    }

    @Test func keepsTheFrontierInLongRuns() throws {
        let trial = try Trial(130)
        try trial.work("--batch", "1")
        #expect(try trial.frontiers() == [64, 128, 130])
        #expect(try trial.done() == Array(1...130))
    }
}
