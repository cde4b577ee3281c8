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
        let outstanding = try Walk.count(stage, session.scope, in: session.catalog)
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
        summary.remaining = try Walk.count(stage, session.scope, in: session.catalog)
        summary.isInterrupted = isInterrupted
        summary.report(asJSON: arguments[CommonArguments.json])
        return isInterrupted ? .interrupted : .success
    }

    private static func work(
        _ stage: Work, _ session: Session, goal: Int, _ batch: Int?, _ summary: inout StageSummary
    ) throws(Failure) {
        guard goal > 0 else { return }
        var batches = try Batches(stage, session)
        defer { batches.end() }
        var progress = Progress(Work.syntax.name, total: goal, unit: Work.unit)
        defer { progress.finish() }
        while summary.done < goal && !Interruption.isRequested {
            let size = min(batch ?? Work.defaultBatch, goal - summary.done)
            guard let done = try batches.doNext(size) else { break }
            summary.add(done)
            progress.advance(by: done.itemCount)
        }
        try batches.recordFrontiers()
    }
}
