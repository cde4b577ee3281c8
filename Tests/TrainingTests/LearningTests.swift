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
import VisionModels

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
        try golden.checkLosses(losses)
        try golden.checkLearnt(network.list.parameters)
    }

    @Test func resnet() throws {
        let network = try SmallClassifier("resnet", ResNet.init(directory:list:))
        try network.learns(
            Optimizer(
                [ParameterGroup(network.list.parameters, decay: 5e-4)],
                .descent(momentum: 0.9, isNesterov: true)), rate: 0.02)
    }

    @Test func visionTransformer() throws {
        let network = try SmallClassifier("vit", VisionTransformer.init(directory:list:))
        try network.learns(
            Optimizer([ParameterGroup(network.list.parameters, decay: 0.05)], .adamW(epsilon: 1e-5)),
            rate: 3e-3)
    }

    @Test func conditioningAlone() throws {
        let network = try SmallUNet()
        let golden = try SafetensorsFile(SmallUNet.path("inversion.safetensors"))
        let before = network.list.parameters.map(\.tensor.values)
        let conditioning = Parameter(
            "conditioning", Shape(1, 5, 6), try golden.values(of: "conditioning", shape: [1, 5, 6]))
        let trainer = Trainer(
            Optimizer([ParameterGroup([conditioning])], .adamW()), LearningRateSchedule(rate: 3e-2))
        let losses = try (0..<10).map { step in
            try trainer.step { workspace, _ throws(Failure) in
                let texts = conditioning.tensor.reshaped(Shape(1, 30)).rows([0, 0], in: workspace)
                return network.loss(
                    try SmallUNet.batch(golden, step), context: texts.reshaped(Shape(2, 5, 6)), in: workspace)
            }.loss
        }
        try golden.checkLosses(losses)
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

/// A classifier of the fixtures.
struct SmallClassifier<Network: ImageClassifier> {
    let network: Network
    let list = ParameterList()
    private let golden: SafetensorsFile

    init(_ name: String, _ read: (URL, ParameterList) throws(Failure) -> Network) throws {
        let folder = Fixture.url("Learning/\(name)")
        network = try read(folder, list)
        golden = try SafetensorsFile(folder.appending(path: "learning.safetensors").path)
    }

    /// Ten steps, with a warm-up of three before half a cosine, are PyTorch's.
    func learns(_ optimizer: Optimizer, rate: Double) throws {
        let trainer = Trainer(
            optimizer, LearningRateSchedule(rate: rate, warmUp: 3, .cosine(total: 10)),
            statistics: list.statistics)
        let losses = try (0..<10).map { step in
            try trainer.step { workspace, _ throws(Failure) in
                let labels = try golden.tensor("labels", step).values.map { Int($0) }
                return try network.learningLogits(of: golden.tensor("images", step), in: workspace)
                    .crossEntropy(classes: labels, in: workspace)
            }.loss
        }
        try golden.checkLosses(losses)
        try golden.checkLearnt(list.parameters + list.statistics)
    }
}

extension SafetensorsFile {
    /// Compares the losses of ten steps, each relative to itself.
    fileprivate func checkLosses(_ losses: [Float]) throws {
        let expected = try values(of: "losses", shape: [10])
        for (actual, expected) in zip(losses, expected) { #expect(abs(actual - expected) < 1e-4 * expected) }
    }

    /// Compares every value of all that was learnt, each relative to the greatest of its tensor.
    fileprivate func checkLearnt(_ parameters: [Parameter]) throws {
        let parts = parameters.flatMap { parameter in parameter.stored.map { (parameter, $0) } }
        #expect(Set(parts.map { "learnt.\($0.1.name)" }) == Set(names.filter { $0.hasPrefix("learnt.") }))
        for (parameter, part) in parts {
            let expected = try values(of: "learnt.\(part.name)", shape: part.shape)
            #expect(relativeError(parameter.values(of: part), expected) < 1e-3, "\(part.name)")
        }
    }

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
