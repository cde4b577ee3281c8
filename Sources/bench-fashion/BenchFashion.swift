import Arguments
import Diagnostics
import Foundation
import Kernels
import Randomness
import StageKit
import Tensors
import Training
import VisionModels

/// Trains torchvision's ResNet-18 on Fashion-MNIST by Figment's own engine, and measures it on the whole test file
/// after every epoch.
enum BenchFashion {
    private static let folder = Argument<String>.option(
        "data", .text("DIR"), default: "/usr/share/datasets/fashion-mnist", "where the four IDX files are")
    private static let epochs = Argument<Int>.option(
        "epochs", .integer(in: 1...1000), default: 6, "how often every picture is seen")
    private static let halved = Argument<Int>.option(
        "halved", .integer(in: 0...1000), default: 3, "the first epochs, which see pictures half as large")
    private static let batch = Argument<Int>.option(
        "batch", .integer(in: 2...10_000), default: 128, "pictures in a step")
    private static let rate = Argument<Double>.option(
        "rate", .real(in: 0...), default: 0.1, "the greatest learning rate")
    private static let limit = Argument<Int>.option(
        "limit", .integer(in: 2...60_000), default: 60_000, "the pictures of the training file that are used")
    private static let seed = Argument<Int>.option(
        "seed", .integer(in: 0...), default: 0, "what weights, order and changes of the pictures follow from")
    private static let state = Argument<String?>.optional(
        "state", .text("FILE"), "where the training is kept after every epoch, and gone on with")
    private static let threads = Argument<Int>.option(
        "threads", .integer(in: 1...1024), default: Parallelism.threadCount, "threads")

    static let syntax = CommandSyntax(
        "bench-fashion", "trains a ResNet-18 on Fashion-MNIST",
        discussion: """
            Prints for every epoch its mean loss, the share of the test file's pictures whose class the network then \
            tells, and the seconds of learning and of testing.
            """,
        [folder, epochs, halved, batch, rate, limit, seed, state, threads])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        try prepareEngine()
        Parallelism.threadCount = arguments[threads]
        let folder = URL(filePath: arguments[folder])
        let (training, test) = (
            try FashionPictures("train", in: folder), try FashionPictures("t10k", in: folder)
        )
        let course = FashionCourse(
            epochs: arguments[epochs], halved: arguments[halved], batch: arguments[batch],
            rate: arguments[rate], seed: UInt64(arguments[seed]))
        let learner = try FashionLearner(course, training, count: min(arguments[limit], training.count))
        if let state = arguments[state], FileManager.default.fileExists(atPath: state) {
            try learner.restore(from: state)
        }
        let clock = ContinuousClock()
        for epoch in learner.epochs..<course.epochs {
            let start = clock.now
            let loss = try learner.learn(epoch)
            let learnt = clock.now
            if let state = arguments[state] { try learner.save(to: state) }
            let accuracy = try learner.accuracy(on: test, epoch: epoch)
            let seconds = ((learnt - start) / .seconds(1), (clock.now - learnt) / .seconds(1))
            let line = String(
                format: "epoch %d: loss %.4f, test accuracy %.2f %%, %.0f s learning, %.0f s testing",
                epoch + 1, loss, 100 * accuracy, seconds.0, seconds.1)
            StandardOutput.write("\(line)\n")
            try StandardOutput.flush()
        }
        return .success
    }
}
