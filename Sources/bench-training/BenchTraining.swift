import Arguments
import Checkpoints
import Diagnostics
import Foundation
import Glibc
import JSONValues
import Kernels
import StageKit
import Training
import VisionModels

/// Trains a network for some steps on recorded data, for tools/learning: what it learns and how long it takes.
enum BenchTraining {
    private static let work = Argument<Work>.positional("WORK", .choice(of: Work.self), "what learns")
    private static let folder = Argument<String>.positional(
        "DIR", .text(), "a network's folder, with the data of every step in data.safetensors")
    private static let rate = Argument<Double>.option("rate", .real(in: 0...), default: 1e-4, "learning rate")
    private static let decay = Argument<Double>.option(
        "decay", .real(in: 0...), default: 0.01, "weight decay")
    private static let isCheckpointed = Argument<Bool>.flag(
        "checkpointed", "compute a UNet's blocks again on the way back, to bound the memory")
    private static let isServing = Argument<Bool>.flag(
        "serve", "print 'ready', then make a step for every line on standard input and print its seconds")
    private static let threads = Argument<Int>.option(
        "threads", .integer(in: 1...1024), default: Parallelism.threadCount, "threads")

    /// What can be measured.
    enum Work: String, CaseIterable, Sendable {
        /// A UNet that learns to find noise, all weights, with AdamW.
        case unet
        /// A conditioning that learns to explain latents, the UNet being as it is, with AdamW.
        case inversion
        /// A residual network that learns to tell classes, with SGD and a momentum of 0.9.
        case resnet
        /// A vision transformer that learns to tell classes, with AdamW.
        case vit

        var method: Optimizer.Method { self == .resnet ? .descent(momentum: 0.9) : .adamW() }

        func task(_ folder: URL, isCheckpointed: Bool) throws(Failure) -> any TrainingTask {
            let data = try RecordedData(folder.appending(path: "data.safetensors").path)
            switch self {
            case .unet, .inversion:
                return try DiffusionTask(
                    folder, data, isCheckpointed: isCheckpointed, conditioning: self == .inversion)
            case .resnet: return try ClassificationTask(folder, data, ResNet.init(directory:list:))
            case .vit: return try ClassificationTask(folder, data, VisionTransformer.init(directory:list:))
            }
        }
    }

    static let syntax = CommandSyntax(
        "bench-training", "trains a network on recorded data",
        discussion: """
            Writes what was learnt to DIR/learnt.safetensors, and prints as JSON the loss of every step, the seconds \
            of every step, the processor's seconds of all of them, and the greatest resident memory in MiB. With \
            --serve a driver says when each step is made, so that contestants can take turns; after the last step \
            recorded comes the first again.
            """,
        [work, folder, rate, decay, isCheckpointed, isServing, threads])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        Parallelism.threadCount = arguments[threads]
        let folder = URL(filePath: arguments[folder])
        let work = arguments[work]
        func begin() throws(Failure) -> (any TrainingTask, Trainer) {
            let task = try work.task(folder, isCheckpointed: arguments[isCheckpointed])
            let trainer = Trainer(
                Optimizer([ParameterGroup(task.learnt, decay: arguments[decay])], work.method),
                LearningRateSchedule(rate: arguments[rate]), statistics: task.statistics)
            return (task, trainer)
        }
        try MemoryNeed.check(
            "training '\(work.rawValue)'",
            hint: "Take a smaller network or smaller batches, or --checkpointed."
        ) { () throws(Failure) in
            let (task, trainer) = try begin()
            _ = try step(task, trainer)
        }
        let (task, trainer) = try begin()
        if arguments[isServing] {
            try serve(task, trainer)
        } else {
            try report(task, trainer)
            try SafetensorsCheckpoint.write(
                task.learnt + task.statistics, to: folder.appending(path: "learnt.safetensors").path)
        }
        return .success
    }

    private static func serve(_ task: any TrainingTask, _ trainer: Trainer) throws(Failure) {
        StandardOutput.write("ready\n")
        try StandardOutput.flush()
        while readLine() != nil {
            StandardOutput.write("\(try step(task, trainer).seconds)\n")
            try StandardOutput.flush()
        }
    }

    private static func report(_ task: any TrainingTask, _ trainer: Trainer) throws(Failure) {
        var losses: [JSONValue] = []
        var seconds: [JSONValue] = []
        let start = processorSeconds()
        for _ in 0..<task.steps {
            let step = try step(task, trainer)
            losses.append(.real(Double(step.loss)))
            seconds.append(.real(step.seconds))
        }
        let report = JSONObject([
            ("losses", .array(losses)), ("seconds", .array(seconds)),
            ("processorSeconds", .real(processorSeconds() - start)), ("residentMiB", .integer(residentMiB())),
        ])
        StandardOutput.write(json: .object(report))
    }

    /// Makes the next step.
    private static func step(
        _ task: any TrainingTask, _ trainer: Trainer
    ) throws(Failure) -> (loss: Float, seconds: Double) {
        let clock = ContinuousClock()
        let before = clock.now
        let number = trainer.step % task.steps
        let progress = try trainer.step { workspace, _ throws(Failure) in
            try task.loss(number, in: workspace)
        }
        return (progress.loss, (clock.now - before) / .seconds(1))
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
