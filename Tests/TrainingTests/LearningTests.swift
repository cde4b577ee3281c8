import Checkpoints
import Diagnostics
import DiffusionModels
import Foundation
import JSONValues
import Kernels
import Tensors
import TestSupport
import Testing
import Training

/// Ten steps of training against PyTorch from the same weights and data (tools/goldens/learning.py).
@Suite struct LearningTests {
    init() throws { try prepareEngine() }

    @Test func unet() throws {
        let (network, golden) = (try SmallUNet(), try SafetensorsFile(SmallUNet.path("learning.safetensors")))
        let trainer = network.trainer()
        let losses = try (0..<10).map { step in
            try trainer.step { workspace, _ throws(Failure) in
                network.loss(
                    try SmallUNet.batch(golden, step), context: try golden.tensor("context", step),
                    in: workspace)
            }.loss
        }
        let expected = try golden.values(of: "losses", shape: [10])
        for (actual, expected) in zip(losses, expected) { #expect(abs(actual - expected) < 1e-4 * expected) }
        for parameter in network.list.parameters {
            for part in parameter.stored {
                let learnt = parameter.values(of: part)
                let samples = stride(from: 0, to: learnt.count, by: (learnt.count + 47) / 48).map {
                    learnt[$0]
                }
                let error = relativeError(
                    samples, try golden.values(of: "learnt.\(part.name)", shape: [samples.count]))
                #expect(error < 1e-3, "\(part.name)")
            }
        }
    }

    @Test func conditioningAlone() throws {
        let network = try SmallUNet()
        let golden = try SafetensorsFile(SmallUNet.path("inversion.safetensors"))
        let before = network.list.parameters.map(\.tensor.values)
        let conditioning = Parameter(
            "conditioning", Shape(1, 5, 6), try golden.values(of: "conditioning", shape: [1, 5, 6]))
        let trainer = Trainer(
            Optimizer([ParameterGroup([conditioning])], .adamW()), LearningRateSchedule(rate: 3e-2))
        for (step, expected) in try golden.values(of: "losses", shape: [10]).enumerated() {
            let loss = try trainer.step { workspace, _ throws(Failure) in
                let texts = conditioning.tensor.reshaped(Shape(1, 30)).rows([0, 0], in: workspace)
                return network.loss(
                    try SmallUNet.batch(golden, step), context: texts.reshaped(Shape(2, 5, 6)), in: workspace)
            }.loss
            #expect(abs(loss - expected) < 1e-4 * expected)
        }
        let learnt = try golden.values(of: "learnt", shape: [1, 5, 6])
        #expect(relativeError(conditioning.tensor.values, learnt) < 1e-3)
        #expect(network.list.parameters.map(\.tensor.values) == before)
    }
}

/// The network of the fixtures, and the loss of a diffusion.
struct SmallUNet {
    let unet: UNet2DCondition
    let list = ParameterList()

    init(_ folder: URL = Fixture.url("Learning/unet")) throws {
        unet = try UNet2DCondition(
            UNet2DConditionConfiguration(
                JSONValue(file: Self.path("config.json")), source: "config.json"),
            Parameters(try SafetensorsCheckpoint(directory: folder), list: list))
    }

    static func path(_ file: String) -> String { Fixture.url("Learning/unet/\(file)").path }

    func trainer(decay: Double = 0.01, average: ParameterAverage? = nil) -> Trainer {
        Trainer(
            Optimizer([ParameterGroup(list.parameters, decay: decay)], .adamW()),
            LearningRateSchedule(rate: 1e-3), average: average)
    }

    func loss(_ batch: Batch, context: Tensor, in workspace: Workspace) -> Tensor {
        unet(
            batch.sample, timesteps: batch.timesteps,
            conditioning: unet.condition(on: context, in: workspace), in: workspace
        ).meanSquaredError(batch.noise, in: workspace)
    }

    struct Batch {
        let sample: Tensor
        let timesteps: [Int]
        let noise: Tensor
    }

    static func batch(_ golden: SafetensorsFile, _ step: Int) throws(Failure) -> Batch {
        Batch(
            sample: try golden.tensor("sample", step),
            timesteps: try golden.tensor("timesteps", step).values.map { Int($0) },
            noise: try golden.tensor("noise", step))
    }
}

extension SafetensorsFile {
    /// What was recorded for a step, images channels-last.
    func tensor(_ name: String, _ step: Int) throws(Failure) -> Tensor {
        let shape = shape(of: name) ?? []
        let size = shape.dropFirst().reduce(1, *)
        let values = Array(try values(of: name, shape: shape)[step * size..<(step + 1) * size])
        switch shape.count {
        case 5:
            let planar = Tensor(Shape(shape[1], shape[2], shape[3], shape[4]), values)
            let images = planar.channelsLast(in: Workspace())
            return Tensor(images.shape, images.values)
        case 4: return Tensor(Shape(shape[1], shape[2], shape[3]), values)
        default: return Tensor(Shape(size), values)
        }
    }
}
