import Arguments
import Checkpoints
import Diagnostics
import Foundation
import Glibc
import JSONValues
import Kernels
import StageKit
import Tensors
import Training

/// Trains a network for some steps on recorded data, for tools/learning: what it learns and how long it takes.
enum BenchTraining {
    private static let work = Argument<Work>.positional("WORK", .choice(of: Work.self), "what learns")
    private static let folder = Argument<String>.positional(
        "DIR", .text(), "a network's folder, with the data of every step in data.safetensors")
    private static let rate = Argument<Double>.option("rate", .real(in: 0...), default: 1e-4, "learning rate")
    private static let decay = Argument<Double>.option(
        "decay", .real(in: 0...), default: 0.01, "weight decay")
    private static let isCheckpointed = Argument<Bool>.flag(
        "checkpointed", "compute blocks again on the way back, to bound the memory")
    private static let threads = Argument<Int>.option(
        "threads", .integer(in: 1...1024), default: Parallelism.threadCount, "threads")

    /// What can be measured.
    enum Work: String, CaseIterable, Sendable {
        /// A UNet that learns to find noise, all weights, with AdamW.
        case unet
        /// A conditioning that learns to explain latents, the UNet being as it is.
        case inversion
    }

    static let syntax = CommandSyntax(
        "bench-training", "trains a network on recorded data",
        discussion: """
            Writes what was learnt to DIR/learnt.safetensors, and prints as JSON the loss of every step, the seconds \
            of every step, the processor's seconds of all of them, and the greatest resident memory in MiB.
            """,
        [work, folder, rate, decay, isCheckpointed, threads])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        Parallelism.threadCount = arguments[threads]
        let folder = URL(filePath: arguments[folder])
        let data = try SafetensorsFile(folder.appending(path: "data.safetensors").path)
        let task = try DiffusionTask(
            folder, data, isCheckpointed: arguments[isCheckpointed],
            conditioning: arguments[work] == .inversion)
        let trainer = Trainer(
            Optimizer([ParameterGroup(task.learnt, decay: arguments[decay])], .adamW()),
            LearningRateSchedule(rate: arguments[rate]))
        var losses: [JSONValue] = []
        var seconds: [JSONValue] = []
        let start = processorSeconds()
        for step in 0..<task.steps {
            let clock = ContinuousClock()
            let before = clock.now
            let progress = try trainer.step { workspace, _ throws(Failure) in
                try task.loss(step, in: workspace)
            }
            losses.append(.real(Double(progress.loss)))
            seconds.append(.real((clock.now - before) / .seconds(1)))
        }
        let used = processorSeconds() - start
        try SafetensorsCheckpoint.write(
            task.learnt, to: folder.appending(path: "learnt.safetensors").path)
        let report = JSONObject([
            ("losses", .array(losses)), ("seconds", .array(seconds)), ("processorSeconds", .real(used)),
            ("residentMiB", .integer(residentMiB())),
        ])
        StandardOutput.write(JSONValue.object(report).text + "\n")
        return .success
    }

    /// The processor's seconds that this process has used.
    private static func processorSeconds() -> Double { Double(Glibc.clock()) / Double(CLOCKS_PER_SEC) }

    /// The most memory that this process had at once; `getrusage` would count that of the program that started it.
    private static func residentMiB() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: { !$0.isNumber }).first).flatMap { Int($0) }.map { $0 >> 10 } ?? 0
    }
}
