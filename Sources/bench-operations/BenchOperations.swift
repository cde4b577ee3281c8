import Arguments
import Diagnostics
import Kernels
import Operations
import StageKit
import Tensors

/// Times the operations that networks are made of, forwards and backwards, each for itself.
enum BenchOperations {
    private static let runs = Argument<Int>.option(
        "runs", .integer(in: 1...10_000), default: 5, "how often each is timed, after once that is not")
    private static let threads = Argument<Int>.option(
        "threads", .integer(in: 1...1024), default: Parallelism.threadCount, "threads")

    static let syntax = CommandSyntax(
        "bench-operations", "times the engine's operations",
        discussion: """
            Prints a line for each, with tabs between: its name with the size, the median milliseconds of making it, \
            the GFLOP/s where it sums up products, and the median milliseconds of the gradients of all its inputs.
            """,
        [runs, threads])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        Parallelism.threadCount = arguments[threads]
        _ = try EngineDescription()
        for operation in Operation.measured {
            let (forwards, backwards) = time(operation, runs: arguments[runs])
            let rate = operation.products > 0 ? "\(2 * Double(operation.products) / forwards / 1e6)" : ""
            StandardOutput.write("\(operation)\t\(forwards)\t\(rate)\t\(backwards)\n")
            try StandardOutput.flush()
        }
        return .success
    }

    /// The median milliseconds of the operation and of its gradients.
    private static func time(_ operation: Operation, runs: Int) -> (forwards: Double, backwards: Double) {
        let inputs = zip(operation.inputs, operation.values).map { Tensor($0, $1) }
        let (plain, taped, tape) = (Workspace(), Workspace(), Tape())
        for input in inputs { tape.watch(input) }
        taped.tape = tape
        let clock = ContinuousClock()
        var times: [(forwards: Double, backwards: Double)] = []
        for _ in 0...runs {
            let forwards = clock.measure {
                _ = plain.temporarily { operation.compute(inputs, plain).count }
            }
            let backwards = taped.temporarily {
                let result = operation.compute(inputs, taped)
                return clock.measure { tape.differentiate(result) }
            }
            tape.clear()
            times.append((forwards / .milliseconds(1), backwards / .milliseconds(1)))
        }
        let measured = times.dropFirst()
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        return (median(measured.map(\.forwards)), median(measured.map(\.backwards)))
    }
}
