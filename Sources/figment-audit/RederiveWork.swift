import Arguments
import Catalogs
import Diagnostics
import DiffusionModels
import Digests
import JSONValues
import StageKit
import Texts

/// Makes images again, a batch of one sampling at a time, and records how each compares, or why it could not be made or
/// compared.
struct RederiveWork {
    private let session: Session
    private let tolerance: Int
    private var folder: GeneratorFolder
    private var counts: [Rederivation.Verdict: Int] = [:]
    private var damaged = 0
    private var refused = 0
    private let isJSON: Bool
    private let isSingle: Bool

    init(_ session: Session, model: String?, tolerance: Int, isJSON: Bool, isSingle: Bool) {
        self.session = session
        self.tolerance = tolerance
        self.isJSON = isJSON
        self.isSingle = isSingle
        folder = GeneratorFolder(named: model, session.paths)
    }

    /// Makes images again and reports on each; ends early, with all so far recorded, where a signal asks for it.
    mutating func run(_ images: [Int]) throws(Failure) -> ExitStatus {
        // All rows are read before anything is made, so that what cannot be made again is refused at once.
        var rows: [GeneratedRow] = []
        for image in images { rows.append(try GeneratedRow(image, in: session.catalog)) }
        rows.sort { ($0.sampling, $0.id) < ($1.sampling, $1.id) }
        Interruption.watch()
        var progress = Progress("rederive", total: rows.count, unit: "images")
        var rest = rows[...]
        while let first = rest.first, !Interruption.isRequested {
            let batch = Array(rest.prefix { $0.sampling == first.sampling }.prefix(32))
            rest = rest.dropFirst(batch.count)
            try make(batch)
            progress.advance(by: batch.count)
        }
        progress.finish()
        try session.note(
            rest.isEmpty ? .finished : .interrupted, appended: counts.values.reduce(0, +), refused: refused)
        try session.close()
        summarize(left: rest.count)
        if !rest.isEmpty { return .interrupted }
        return counts[.different] == nil && damaged == 0 && refused == 0 ? .success : .found
    }

    private mutating func make(_ batch: [GeneratedRow]) throws(Failure) {
        let pipeline = try folder.pipeline(
            of: batch[0].model, precision: batch[0].precision, in: session.catalog)
        var troubles: [(image: String, failure: Failure)] = []
        /// What `body` gives; nil, and a trouble of the image's own, where it fails.
        func attempt<Value>(_ row: GeneratedRow, _ body: () throws(Failure) -> Value) throws(Failure)
            -> Value?
        {
            do throws(Failure) {
                return try during("making image \(row.uid) again", body)
            } catch {
                if isSingle || error.kind == .bug { throw error }
                troubles.append((row.uid, error))
                return nil
            }
        }
        var requests: [(row: GeneratedRow, request: ImageRequest)] = []
        for row in batch {
            let request = try attempt(row) { () throws(Failure) in try row.request(in: session.catalog) }
            if let request { requests.append((row, request)) }
        }
        let results =
            requests.isEmpty ? [] : try pipeline.generate(requests.map(\.request), batch[0].settings)
        var outcomes: [Rederivation] = []
        for (made, result) in zip(requests, results) {
            let outcome = try attempt(made.row) { () throws(Failure) in
                try Rederivation(made.row, made: result.get(), tolerance: tolerance, in: session.catalog)
            }
            if let outcome { outcomes.append(outcome) }
        }
        try record(outcomes, troubles)
        report(outcomes, troubles)
    }

    private func record(
        _ outcomes: [Rederivation], _ troubles: [(image: String, failure: Failure)]
    ) throws(Failure) {
        try session.write { run throws(Failure) in
            for trouble in troubles {
                try Session.refuse(
                    stage: "rederive", kind: "image", subject: trouble.image, reason: trouble.failure.summary,
                    run: run, in: session.catalog)
            }
            for outcome in outcomes {
                let uid = UID(
                    of: "rederivation", [("image", .string(outcome.row.uid)), ("run", .string(run.uid.hex))])
                try session.catalog.append(
                    "rederivation", uid, outcome.columns.merging(["run_id": .integer(run.id)]) { $1 })
            }
        }
        try session.note(.batch, appended: outcomes.count, refused: troubles.count)
    }

    private mutating func report(
        _ outcomes: [Rederivation], _ troubles: [(image: String, failure: Failure)]
    ) {
        refused += troubles.count
        for (image, failure) in troubles {
            let json: JSONValue = ["image": .string(image), "refused": .string(failure.summary)]
            if isJSON {
                StandardOutput.write(json: json)
            } else {
                StandardOutput.write("\(image)  refused: \(failure.summary)\n")
            }
        }
        for outcome in outcomes {
            counts[outcome.verdict, default: 0] += 1
            if outcome.damage != nil { damaged += 1 }
            if isJSON {
                StandardOutput.write(json: outcome.json)
            } else if isSingle || outcome.verdict != .exact || outcome.damage != nil {
                StandardOutput.write("\(outcome.text)\n")
            }
        }
    }

    private func summarize(left: Int) {
        guard !isJSON, !isSingle else { return }
        let done = counts.values.reduce(0, +)
        let words = [Rederivation.Verdict.exact, .within, .different].map {
            "\(counts[$0] ?? 0) \($0.rawValue)"
        }
        var text: TerminalText = "\(done) images made again: \(words.joined(separator: ", "))"
        if damaged > 0 { text += "; \(damaged) stored files are damaged" }
        if refused > 0 { text += "; \(refused) refused" }
        if left > 0 { text += "; interrupted, \(left) left" }
        StandardOutput.write(text + "\n")
    }
}
