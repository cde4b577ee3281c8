import Checkpoints
import Diagnostics
import Foundation
import Kernels
import Randomness
import Tensors
import TestSupport
import Testing
import Training

/// A training that was stopped and goes on, against one that was not.
@Suite struct ResumeTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        try prepareEngine()
        folder = try TemporaryFolder()
        path = folder.path("state.safetensors")
    }

    /// A network in training, with all that a state holds.
    private struct Run {
        let network: SmallUNet
        let trainer: Trainer
        let average: ParameterAverage

        init(
            seed: UInt64 = 7, method: Optimizer.Method = .adamW(), decay: Double = 0.1, steps: Int = 8,
            greatestNorm: Double? = 0.5, averageWarmsUp: Bool = false
        ) throws {
            network = try SmallUNet()
            average = ParameterAverage(network.list.parameters, decay: 0.9, warmsUp: averageWarmsUp)
            trainer = Trainer(
                Optimizer(ParameterGroup.decayingMatrices(network.list.parameters, decay: decay), method),
                LearningRateSchedule(rate: 1e-2, warmUp: 2, .cosine(total: steps)),
                greatestNorm: greatestNorm, average: average, seed: seed)
        }

        /// Steps on data that are drawn at random.
        func step(_ count: Int) throws -> [Trainer.Progress] {
            try (0..<count).map { _ in
                try trainer.step { workspace, noise in
                    func draw(_ shape: Shape) -> Tensor {
                        let tensor = Tensor(shape)
                        var values = tensor.values
                        values.withUnsafeMutableBufferPointer { noise.fillNormal($0) }
                        tensor.set(values)
                        return tensor
                    }
                    let batch = SmallUNet.Batch(
                        sample: draw(Shape(2, 8, 8, 4)), timesteps: [noise.integer(below: 1000), 3],
                        noise: draw(Shape(2, 8, 8, 4)))
                    return network.loss(batch, context: draw(Shape(2, 5, 6)), in: workspace)
                }
            }
        }

        var bits: [[UInt32]] {
            let parameters = network.list.parameters.map { $0.tensor.values.map(\.bitPattern) }
            return parameters
                + average.inUse { network.list.parameters.map { $0.tensor.values.map(\.bitPattern) } }
        }
    }

    @Test(arguments: [Optimizer.Method.adamW(), .descent(momentum: 0.9, isNesterov: true)])
    func whatGoesOnEqualsWhatWasNeverStopped(_ method: Optimizer.Method) throws {
        let undisturbed = try Run(method: method)
        let progress = try undisturbed.step(5)
        let stopped = try Run(method: method)
        _ = try stopped.step(3)
        try stopped.trainer.save(to: path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["state.safetensors"])

        let goingOn = try Run(method: method)
        try goingOn.trainer.restore(from: path)
        #expect(goingOn.trainer.step == 3)
        #expect(try goingOn.step(2) == Array(progress[3...]))
        #expect(goingOn.bits == undisturbed.bits)
    }

    @Test func anotherTrainingIsNotGoneOnWith() throws {
        try Run().trainer.save(to: path)
        for (other, word) in [
            (try Run(seed: 8), "seed"), (try Run(method: .descent()), "optimizer"),
            (try Run(decay: 0.2), "groups"), (try Run(steps: 9), "schedule"),
            (try Run(greatestNorm: nil), "greatest norm"), (try Run(averageWarmsUp: true), "average"),
        ] {
            let before = other.bits
            let failure = #expect(throws: Failure.self) { try other.trainer.restore(from: path) }
            #expect(failure?.kind == .badInput && failure?.summary.contains("'\(word)'") == true)
            #expect(other.bits == before)
        }
    }

    @Test func aDamagedStateIsRefusedAndChangesNothing() throws {
        let run = try Run()
        try run.trainer.save(to: path)
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0xC0, 0x7F])
        let before = run.bits
        let damaged = try folder.write("nan.safetensors", bytes)
        let failure = #expect(throws: Failure.self) { try run.trainer.restore(from: damaged) }
        #expect(failure?.summary.contains("finite") == true)
        let cut = try folder.write("cut.safetensors", Array(bytes.dropLast(8)))
        #expect(throws: Failure.self) { try run.trainer.restore(from: cut) }
        #expect(throws: Failure.self) { try run.trainer.restore(from: folder.path("missing.safetensors")) }
        #expect(run.bits == before)
    }

    @Test func checkpointsAreReadAgainAsTheyWere() throws {
        let run = try Run()
        _ = try run.step(1)
        let original = try SafetensorsCheckpoint(directory: Fixture.url("Learning/unet"))
        let written = folder.path("diffusion_pytorch_model.safetensors")
        try SafetensorsCheckpoint.write(run.network.list.parameters, to: written)
        let copy = try SmallUNet(folder.url)
        #expect(copy.network == run.network.network)
        let file = try SafetensorsFile(written)
        #expect(file.names == original.names)
        #expect(file.metadata == ["format": "pt"])

        // Of a network of which only a part has learnt, the rest is taken over.
        let part = Array(run.network.list.parameters.prefix(3))
        try SafetensorsCheckpoint.write(part, completing: original, to: written)
        let whole = try SafetensorsFile(written)
        #expect(whole.names == original.names)
        #expect(whole.elementType(of: "conv_out.weight") == .float16)
        let other = try SmallUNet(folder.url)
        #expect(other.network.prefix(3) == run.network.network.prefix(3))
        #expect(other.network.dropFirst(3) == (try SmallUNet()).network.dropFirst(3))
    }

    @Test func writingWhereNothingCanBeWrittenIsAFailureWithoutTraces() throws {
        let failure = #expect(throws: Failure.self) {
            try SafetensorsFile.write([], to: folder.path("missing/model.safetensors"))
        }
        #expect(failure?.kind == .missingResource)
        let taken = folder.url.appending(path: "taken")
        try FileManager.default.createDirectory(at: taken, withIntermediateDirectories: false)
        #expect(throws: Failure.self) { try SafetensorsFile.write([], to: taken.path) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["taken"])
    }
}

extension SmallUNet {
    /// All learnt values.
    fileprivate var network: [[Float]] { list.parameters.map(\.tensor.values) }
}
