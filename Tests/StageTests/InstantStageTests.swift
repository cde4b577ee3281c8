import Arguments
import Catalogs
import Diagnostics
import Digests
import Testing

@testable import StageKit

/// A batch of an instant stage, and the run that records it, are committed together or not at all.
struct InstantStageTests {
    private func work(_ trial: Trial) throws {
        let line = ["--catalog", trial.folder.path("trial.sqlite"), "--batch", "4"]
        guard case .run(let arguments) = try StageCommand<InstantStage>.syntax.parse(line) else {
            throw Failure(.bug, "no arguments")
        }
        #expect(try StageCommand<InstantStage>.run(arguments) == .success)
    }

    /// Of each run but the first, its program and how it went.
    private func events(_ trial: Trial) throws -> [String] {
        try trial.catalog.rows(
            "SELECT run_id, kind, appended FROM run_event WHERE run_id > 1 ORDER BY run_event.id"
        ) { "\($0.integer(0)) \($0.text(1)) \($0.integer(2))" }
    }

    @Test func aCommitThatFailsTakesItsRunAlong() throws {
        let trial = try Trial(8)
        let failed = #expect(throws: Failure.self) {
            try InstantStage.$failingBatch.withValue(1) { try work(trial) }
        }
        #expect(failed?.summary.contains("FOREIGN KEY") == true, "\(failed?.summary ?? "")")
        #expect(try events(trial) == [], "nothing is noted under the id of a run that is not there")
        #expect(try trial.catalog.integer("SELECT count(*) FROM template_set") == 0)

        // A later batch that fails takes only its own rows along.
        _ = #expect(throws: Failure.self) {
            try InstantStage.$failingBatch.withValue(5) { try work(trial) }
        }
        #expect(try events(trial) == ["2 started 0", "2 batch 4", "2 failed 0"])
        try work(trial)
        #expect(try trial.catalog.integer("SELECT count(*) FROM template_set") == 8)
        #expect(try events(trial).suffix(3) == ["3 started 0", "3 batch 4", "3 finished 4"])
        #expect(try trial.catalog.check() == [])
    }
}

/// Gives each vocabulary a template set of the same name.
private struct InstantStage: Stage {
    struct Name: StageItem {
        let id: Int
        let text: String
    }

    struct Copy: StageOutput {
        let name: Name
    }

    static let syntax = CommandSyntax("figment-instant", "tries", [])
    static let unit = "copies"
    static let defaultBatch = 4
    static let isInstant = true

    /// The first id of a batch whose commit fails: a foreign key that points nowhere is found there only.
    @TaskLocal static var failingBatch: Int?

    init(_ arguments: ParsedArguments, _ session: Session) {}

    func pass(_ number: Int) -> Pass<Name> {
        Pass(
            work: "instant", over: "vocabulary.id", of: "vocabulary", columns: "id, name",
            where: "NOT EXISTS (SELECT 1 FROM template_set WHERE template_set.name = vocabulary.name)",
            choice: "vocabulary.id", [:]
        ) { row in Name(id: row.integer(0), text: row.text(1)) }
    }

    func process(_ inputs: [Name]) -> [Copy] { inputs.map { Copy(name: $0) } }

    func append(
        _ output: Copy, payloads: [StoredPayload], run: Run, to catalog: Catalog
    ) throws(Failure) {
        let isFailing = output.name.id == Self.failingBatch
        if isFailing { try catalog.execute("PRAGMA defer_foreign_keys = ON") }
        try catalog.append(
            "template_set", UID(of: "template_set", [("name", .string(output.name.text))]),
            ["name": .text(output.name.text), "run_id": .integer(isFailing ? 999 : run.id)])
    }
}
