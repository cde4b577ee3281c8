import Arguments
import Catalogs
import Diagnostics
import Foundation

/// Runs a stage as a program: everything that stages have in common.
///
/// The catalog is opened and the run recorded; items are claimed, worked on and appended batch by batch; progress
/// goes to stderr and the result to stdout; a signal ends the work after the batch in hand.
public enum StageCommand<Work: Stage> {
    /// Runs the stage on the command line's arguments, and ends the process.
    public static func main() -> Never {
        Program.run(syntax) { arguments throws(Failure) in try run(arguments) }
    }

    /// The stage's own arguments and those that all stages take.
    public static var syntax: CommandSyntax {
        let own = Work.syntax
        return CommandSyntax(
            own.name, own.summary, discussion: own.discussion, own.arguments + CommonArguments.stage)
    }

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        try Session.run(
            Work.syntax.name, arguments, seed: arguments.seed(ifDeclaredBy: Work.syntax),
            threads: arguments[CommonArguments.threads] ?? ProcessInfo.processInfo.activeProcessorCount
        ) { session throws(Failure) in try run(arguments, session) }
    }

    private static func run(_ arguments: ParsedArguments, _ session: Session) throws(Failure) -> ExitStatus {
        try session.restrict(to: arguments[CommonArguments.from])
        let stage = try Work(arguments, session)
        let outstanding = try stage.countPending(in: session.catalog)
        let goal = min(outstanding, arguments[CommonArguments.limit] ?? .max)
        var summary = StageSummary(program: Work.syntax.name, unit: Work.unit, pending: outstanding)
        if arguments[CommonArguments.dryRun] {
            summary.isDryRun = true
            summary.report(asJSON: arguments[CommonArguments.json])
            return .success
        }
        Interruption.watch()
        try work(stage, session, goal: goal, arguments[CommonArguments.batch], &summary)
        let isInterrupted = Interruption.isRequested && summary.done < goal
        try session.note(
            isInterrupted ? .interrupted : .finished, appended: summary.appended, refused: summary.refused)
        try session.close()
        summary.remaining = try stage.countPending(in: session.catalog)
        summary.isInterrupted = isInterrupted
        summary.report(asJSON: arguments[CommonArguments.json])
        return isInterrupted ? .interrupted : .success
    }

    private static func work(
        _ stage: Work, _ session: Session, goal: Int, _ batch: Int?, _ summary: inout StageSummary
    ) throws(Failure) {
        guard goal > 0 else { return }
        let claims = Claims(work: stage.work)
        try claims.clearAbandoned(in: session.catalog)
        defer { try? claims.releaseAll(in: session.catalog) }
        var progress = Progress(Work.syntax.name, total: goal, unit: Work.unit)
        defer { progress.finish() }
        var last: Work.Item?
        while summary.done < goal && !Interruption.isRequested {
            let size = min(batch ?? Work.defaultBatch, goal - summary.done)
            let (items, outputs) =
                Work.isInstant
                ? try doInstantly(stage, session, after: last, limit: size)
                : try claimAndDo(stage, session, claims, after: last, limit: size)
            guard !items.isEmpty else {
                // Behind us there may be items that another worker has given back.
                if last == nil { break }
                last = nil
                continue
            }
            last = items.last
            let refused = outputs.count { $0.refusal != nil }
            summary.refused += refused
            summary.appended += outputs.count - refused
            try session.note(.batch, appended: outputs.count - refused, refused: refused)
            progress.advance(by: items.count)
        }
    }

    /// One batch, with claims on its items while it is worked on outside of any transaction.
    private static func claimAndDo(
        _ stage: Work, _ session: Session, _ claims: Claims, after last: Work.Item?, limit: Int
    ) throws(Failure) -> ([Work.Item], [Work.Output]) {
        let items = try session.catalog.write { () throws(Failure) in
            let items = try stage.pending(in: session.catalog, after: last, limit: limit)
            try claims.take(items.map(\.claim), in: session.catalog)
            return items
        }
        guard !items.isEmpty else { return ([], []) }
        let outputs = try process(items, by: stage)
        let stored = try session.store(outputs.flatMap(\.payloads))
        try session.write { run throws(Failure) in
            var rest = stored[...]
            for output in outputs {
                let own = Array(rest.prefix(output.payloads.count))
                rest = rest.dropFirst(own.count)
                try stage.append(output, payloads: own, run: run, to: session.catalog)
            }
            try claims.release(items.map(\.claim), in: session.catalog)
        }
        return (items, outputs)
    }

    /// One batch, found, worked on and appended in a single transaction.
    private static func doInstantly(
        _ stage: Work, _ session: Session, after last: Work.Item?, limit: Int
    ) throws(Failure) -> ([Work.Item], [Work.Output]) {
        try session.catalog.write { () throws(Failure) in
            let items = try stage.pending(in: session.catalog, after: last, limit: limit)
            guard !items.isEmpty else { return ([], []) }
            let outputs = try process(items, by: stage)
            try session.write { run throws(Failure) in
                for output in outputs {
                    try stage.append(output, payloads: [], run: run, to: session.catalog)
                }
            }
            return (items, outputs)
        }
    }

    private static func process(_ items: [Work.Item], by stage: Work) throws(Failure) -> [Work.Output] {
        let outputs = try stage.process(items)
        guard outputs.count == items.count else {
            throw Failure(
                .bug, "\(Work.syntax.name) answered \(outputs.count) of a batch of \(items.count) items")
        }
        return outputs
    }
}
