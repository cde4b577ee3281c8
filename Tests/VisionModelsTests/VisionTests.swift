import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Kernels
import Tensors
import TestSupport
import Testing

@testable import VisionModels

/// ViT and ResNet against transformers, timm and torchvision.
@Suite(.serialized) struct VisionTests {
    private let workspace = Workspace()
    static let names = ["vit", "timm-token", "timm-mean", "resnet18", "resnet50"]

    @Test(arguments: names)
    func everyIntermediateAgrees(name: String) throws {
        let golden = try Golden(name)
        let network = try network(name)
        let report = Report()
        _ = network.logits(
            of: try golden.tensor("images"), isLearning: false, in: workspace, observe: report.note)
        let parts = golden.names.filter { part in
            !["images", "labels", "loss", "learning.logits"].contains(part)
                && !part.hasPrefix("gradient.") && !part.hasPrefix("statistic.")
        }
        #expect(parts.count >= 4)
        for part in parts {
            #expect(
                golden.error(report.tensors[part] ?? [], try golden.tensor(part).values) < 1e-5, "\(part)")
        }
    }

    @Test(arguments: names)
    func aStepOfLearningAgrees(name: String) throws {
        let golden = try Golden(name)
        let list = ParameterList()
        let network = try network(name, list)
        let tape = Tape()
        tape.watch(list.parameters)
        workspace.tape = tape
        // Through fifty norms of a batch this small rounding grows a thousandfold: their gradients are those of evaluation.
        let isLearning = name != "resnet50"
        let logits = network.logits(
            of: try golden.tensor("images"), isLearning: isLearning, in: workspace, observe: nil)
        let labels = try golden.tensor("labels").values.map { Int($0) }
        let loss = logits.crossEntropy(classes: labels, in: workspace)
        #expect(golden.error(logits.values, try golden.tensor("learning.logits").values) < 1e-4)
        #expect(golden.error(loss.values, try golden.tensor("loss").values) < 1e-4)
        tape.differentiate(loss)
        var missing = Set(golden.names.filter { $0.hasPrefix("gradient.") })
        for parameter in list.parameters {
            let gradient = try #require(tape.gradient(of: parameter.tensor))
            for part in parameter.stored {
                let name = "gradient.\(part.name)"
                missing.remove(name)
                let actual = Parameter(sharing: parameter, gradient).values(of: part)
                let error = golden.error(actual, try golden.stored(name))
                #expect(error < 1e-3, "\(part.name)")
            }
        }
        #expect(missing.isEmpty)
        for statistic in list.statistics {
            for part in statistic.stored {
                let actual = statistic.values(of: part)
                #expect(
                    golden.error(actual, try golden.stored("statistic.\(part.name)")) < 1e-4, "\(part.name)")
            }
        }
        #expect(list.statistics.isEmpty == !name.hasPrefix("resnet"))
    }

    @Test(arguments: names)
    func logitsDependOnTheImageAlone(name: String) throws {
        let network = try network(name)
        let images = try Golden(name).tensor("images")
        let threads = Parallelism.threadCount
        defer { Parallelism.threadCount = threads }
        Parallelism.threadCount = 1
        let alone = try (0..<2).flatMap { index in
            try network.logits(of: images[index..<index + 1], in: workspace).values.map(\.bitPattern)
        }
        for count in [1, 2, 3, 5] {
            Parallelism.threadCount = count
            #expect(try network.logits(of: images, in: workspace).values.map(\.bitPattern) == alone)
        }
    }

    @Test func imagesThatDoNotFitAreRefused() throws {
        let vit = try network("vit")
        for shape in [Shape(2, 8, 9, 3), Shape(1, 8, 8, 4), Shape(8, 8, 3), Shape(0, 8, 8, 3)] {
            let failure = #expect(throws: Failure.self) {
                _ = try vit.logits(of: Tensor(shape), in: workspace)
            }
            #expect(failure?.kind == .badInput)
            #expect(failure?.summary.contains("8 × 8") == true)
        }
        let one = try network("resnet50").logits(of: Tensor(Shape(1, 1, 1, 3)), in: workspace)
        #expect(one.shape == Shape(1, 5))
    }

    @Test func whatIsNotFiniteIsNamed() throws {
        let list = ParameterList()
        let resnet = try network("resnet18", list)
        func trouble(_ value: Float) -> String? {
            let images = Tensor(Shape(1, 8, 8, 3), repeating: value)
            return #expect(throws: Failure.self) { _ = try resnet.logits(of: images, in: workspace) }?.summary
        }
        #expect(trouble(.nan)?.contains("the images") == true)
        let scale = try #require(list.parameters.first { $0.stored[0].name == "layer2.0.bn1.weight" })
        scale.update { $0.set($0.values.map { $0 * 1e38 }) }
        #expect(trouble(1e6)?.contains("'layer2.0'") == true)
    }

    @Test(
        arguments: [
            ("vit", "hidden_act", "tanh"), ("vit", "patch_size", 3), ("vit", "num_attention_heads", 5),
            ("vit", "num_register_tokens", 4), ("vit", "model_type", "deit"),
            ("timm-token", "architecture", "deit_tiny"), ("timm-token", "global_pool", "map"),
            ("timm-token", "model_args", ["patch_size": 3]), ("resnet18", "stem", "deep"),
            ("resnet18", "architecture", "resnext50"), ("resnet18", "num_classes", 0),
            ("resnet18", "replace_stride_with_dilation", true),
        ] as [(String, String, JSONValue)])
    func optionsAreRefusedByName(name: String, key: String, value: JSONValue) throws {
        let file = Fixture.url("VisionModels").appending(path: "\(name)/config.json").path
        let members = try JSONValue(file: file).object?.members ?? []
        let object = JSONObject(members.filter { $0.0 != key } + [(key, value)])
        let failure = #expect(throws: Failure.self) {
            let fields = try JSONFields(.object(object), source: "config.json")
            if name.hasPrefix("resnet") {
                _ = try ResNetConfiguration(fields)
            } else {
                _ = try VisionTransformerConfiguration(fields)
            }
        }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("'\(key)'") == true)
    }

    private func network(_ name: String, _ list: ParameterList? = nil) throws -> any ImageClassifier {
        let folder = Fixture.url("VisionModels").appending(path: name)
        return name.hasPrefix("resnet")
            ? try ResNet(directory: folder, list: list) : try VisionTransformer(directory: folder, list: list)
    }
}

/// A small random checkpoint and what the reference computed with it (tools/goldens/vision_models.py).
private struct Golden {
    private let recorded: SafetensorsCheckpoint

    init(_ name: String) throws {
        let folder = Fixture.url("VisionModels").appending(path: name)
        recorded = try SafetensorsCheckpoint(file: folder.appending(path: "golden.safetensors").path)
    }

    var names: [String] { recorded.names }

    /// Recorded values as they are stored.
    func stored(_ name: String) throws -> [Float] {
        try recorded.values(of: name, shape: try #require(recorded.shape(of: name), "\(name)"))
    }

    /// A recorded tensor, images channels last.
    func tensor(_ name: String) throws -> Tensor {
        let shape = try #require(recorded.shape(of: name), "\(name)")
        let values = try stored(name)
        guard shape.count == 4 else { return Tensor(Shape(values.count), values) }
        let planar = Tensor(Shape(shape[0], shape[1], shape[2], shape[3]), values)
        let images = planar.channelsLast(in: Workspace())
        return Tensor(images.shape, images.values)
    }

    /// The greatest difference relative to the greatest magnitude, or to a thousandth: the bias of keys has a gradient of
    /// nothing but rounding.
    func error(_ actual: [Float], _ expected: [Float]) -> Float {
        guard actual.count == expected.count, actual.allSatisfy(\.isFinite) else { return .infinity }
        let greatest = max(expected.map(abs).max() ?? 1, 1e-3)
        return (zip(actual, expected).map { abs($0 - $1) }.max() ?? 0) / greatest
    }
}

private final class Report {
    private(set) var tensors: [String: [Float]] = [:]

    func note(_ name: String, _ tensor: Tensor) { tensors[name] = tensor.values }
}
