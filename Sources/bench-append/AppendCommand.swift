import Arguments
import Catalogs
import Diagnostics
import Glibc
import StageKit

/// Measures how fast the stages' own path appends images, scores and decisions to a catalog of bench-catalog's.
enum AppendCommand {
    private static let images = Argument<Int>.option(
        "images", .integer(in: 1...10_000_000), default: 50_000, "how many images to append")
    private static let first = Argument<Int>.option(
        "first", .integer(in: 0...1 << 40), default: 0,
        "the number of the first image: other numbers are other images")

    static let syntax = CommandSyntax(
        "bench-append", "appends images, scores and decisions, and says how long a row takes",
        discussion: """
            Prints microseconds a row, of the wall clock and of the processor, from the first row to the end of \
            the last checkpoint. What a stage has computed before it appends (digests, values) is made before the \
            clock starts.
            """,
        [images, first, CommonArguments.batch, CommonArguments.catalog])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let count = arguments[images]
        return try Session.run(syntax.name, arguments) { session throws(Failure) in
            let appender = try Appender(session)
            let material = Appender.Material(first: arguments[first], count: count)
            let (wall, processor) = (ContinuousClock.now, processorSeconds())
            try appender.append(material, batch: arguments[CommonArguments.batch] ?? 1_000)
            try session.close()
            let rows = Double(3 * count)
            let wallTime = (ContinuousClock.now - wall) / .microseconds(1)
            let processorTime = (processorSeconds() - processor) * 1e6
            StandardOutput.write("\(wallTime / rows) \(processorTime / rows)\n")
            return .success
        }
    }

    /// What this process has used so far, its time in the kernel included.
    private static func processorSeconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
