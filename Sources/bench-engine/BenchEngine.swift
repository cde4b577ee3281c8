import Arguments
import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Kernels
import StageKit

/// Does one piece of the engine's work as often as it is asked to, and says how long each time took.
enum BenchEngine {
    private static let work = Argument<Work>.positional("WORK", .choice(of: Work.self), "what is done")
    private static let folder = Argument<String?>.optionalPositional(
        "DIR", .text(),
        "a network's folder, with inputs and reference outputs in data.safetensors; matrix-product needs none"
    )
    private static let runs = Argument<Int?>.optional(
        "runs", .integer(in: 1...), "how often; if left out, once for every line of standard input")
    private static let output = Argument<String?>.optional(
        "output", .text("FILE"), "a safetensors file for what the last run made")
    private static let precision = Argument<Precision>.option(
        "precision", .choice(of: Precision.self), default: .float32,
        "what weights and activations are rounded to where they are multiplied")
    private static let threads = Argument<Int>.option(
        "threads", .integer(in: 1...1024), default: Parallelism.threadCount, "threads")

    static let syntax = CommandSyntax(
        "bench-engine", "times the engine at one piece of work",
        discussion: """
            Prints a line of JSON when the network is loaded (the seconds that took, and the resident MiB), one after \
            every run (its seconds; of a matrix product also the GFLOP/s), and one at the end: the greatest resident \
            MiB of all, and the error of the last run's output, that is its greatest difference from the reference \
            over the reference's greatest value. A matrix product's reference is made in double precision.
            """,
        [work, folder, runs, output, precision, threads])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        Parallelism.threadCount = arguments[threads]
        let clock = ContinuousClock()
        let start = clock.now
        let engine = try EngineDescription()
        let data = try arguments[folder].map { folder throws(Failure) in
            try RecordedData(folder: URL(filePath: folder))
        }
        if arguments[work].isToBeCheckedForMemory {
            try MemoryNeed.check(
                "'\(arguments[work].rawValue)'",
                hint: "Take a smaller network or fewer inputs, or use fewer threads."
            ) { () throws(Failure) in _ = try arguments[work].load(data, arguments[precision]).run() }
        }
        let task = try arguments[work].load(data, arguments[precision])
        try answer([
            ("ready", .string(arguments[work].rawValue)),
            ("loadSeconds", .real((clock.now - start) / .seconds(1))),
            ("residentMiB", .integer(ResidentMemory.now)),
            ("instructions", .string(engine.instructions.rawValue)), ("bfloat16", .string(engine.bfloat16)),
            ("precision", .string(arguments[precision].rawValue)),
            ("threads", .integer(engine.threads)),
        ])
        var last: RecordedTensor?
        var remaining = arguments[runs]
        while isAskedAgain(&remaining) {
            let before = clock.now
            last = try task.run()
            let seconds = (clock.now - before) / .seconds(1)
            let rate = task.operations.map { ("gigaflops", JSONValue.real($0 / seconds / 1e9)) }
            try answer([("seconds", .real(seconds))] + (rate.map { [$0] } ?? []))
        }
        if let last, let file = arguments[output] { try last.write(to: file) }
        let error = try last.flatMap { last throws(Failure) in
            if let own = task.reference { return last.error(from: own) }
            return try data.map { data throws(Failure) in last.error(from: try data.reference(for: last)) }
        }
        try answer([
            ("peakMiB", .integer(ResidentMemory.peak)), ("error", error.map { .real(Double($0)) } ?? .null),
        ])
        return .success
    }

    /// Whether there is a run to make: one of those that remain, or one that a line asks for.
    private static func isAskedAgain(_ remaining: inout Int?) -> Bool {
        guard let count = remaining else { return readLine() != nil }
        remaining = count - 1
        return count > 0
    }

    private static func answer(_ members: [(key: String, value: JSONValue)]) throws(Failure) {
        StandardOutput.write(json: .object(JSONObject(members)))
        try StandardOutput.flush()
    }
}
