import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Kernels
import Layers
import Tensors

/// A residual network with a classifier (torchvision's `ResNet`).
///
/// He et al., "Deep residual learning for image recognition" (2016); in blocks with bottlenecks the stride is that of
/// the 3 × 3 convolution, as torchvision has it.
public struct ResNet: ImageClassifier {
    /// The network's configuration.
    public let configuration: ResNetConfiguration
    private let stem: NormalizedConvolution
    private let blocks: [(name: String, block: ResNetBlock)]
    private let head: Linear

    /// Reads a network's `config.json` and weights from a folder; `list` collects what can be trained.
    ///
    /// Throws one `Failure` that names file and field: `missingResource` where a file is missing, `badInput` where a
    /// file is damaged, of another architecture, or asks for what is not supported.
    public init(directory: URL, list: ParameterList? = nil) throws(Failure) {
        let configuration = try ResNetConfiguration(JSONFields(configurationIn: directory))
        try self.init(configuration, Parameters(SafetensorsCheckpoint(directory: directory), list: list))
    }

    /// Reads the network from a checkpoint.
    public init(_ configuration: ResNetConfiguration, _ parameters: Parameters) throws(Failure) {
        let isSmall = configuration.stem == .cifar
        stem = try NormalizedConvolution(
            parameters, "conv1", "bn1", inputs: configuration.imageChannels, outputs: configuration.width,
            kernel: isSmall ? 3 : 7, stride: isSmall ? 1 : 2)
        var channels = configuration.width
        var blocks: [(String, ResNetBlock)] = []
        for (stage, depth) in configuration.depths.enumerated() {
            for index in 0..<depth {
                let name = "layer\(stage + 1).\(index)"
                let block = try ResNetBlock(
                    parameters.scoped(name), inputs: channels, width: configuration.width << stage,
                    stride: index == 0 && stage > 0 ? 2 : 1, hasBottleneck: configuration.hasBottlenecks)
                blocks.append((name, block))
                channels = block.outputs
            }
        }
        self.blocks = blocks
        head = try Linear(parameters.scoped("fc"), inputs: channels, outputs: configuration.classes)
        self.configuration = configuration
    }

    /// The number of classes.
    public var classes: Int { configuration.classes }
    /// Channels of an image.
    public var imageChannels: Int { configuration.imageChannels }
    /// Nil: images of any size are taken.
    public var imageSize: Int? { nil }

    /// The logits [B, K] of channels-last images [B, H, W, I].
    public func logits(of images: Tensor, isLearning: Bool, in workspace: Workspace, observe: Observer?)
        -> Tensor
    {
        workspace.scope {
            var x = stem(images, isLearning: isLearning, in: workspace).activated(.relu, in: workspace)
            observe?("bn1", x)
            if configuration.stem == .imageNet {
                x = x.pooledByMaximum(kernel: 3, stride: 2, padding: 1, in: workspace)
                observe?("maxpool", x)
            }
            for (name, block) in blocks {
                x = block(x, isLearning: isLearning, in: workspace)
                observe?(name, x)
            }
            let pooled = x.averagedRows(in: workspace)
            observe?("avgpool", pooled)
            let logits = head(pooled, in: workspace)
            observe?("fc", logits)
            return logits
        }
    }
}

/// A convolution without bias and the norm of its channels.
struct NormalizedConvolution: Sendable {
    let convolution: Conv2D
    let norm: BatchNorm2D

    init(
        _ parameters: Parameters, _ convolution: String, _ norm: String, inputs: Int, outputs: Int,
        kernel: Int, stride: Int
    ) throws(Failure) {
        self.convolution = try Conv2D(
            parameters.scoped(convolution), inputs: inputs, outputs: outputs, kernel: kernel, stride: stride,
            padding: .init(kernel / 2), bias: false)
        self.norm = try BatchNorm2D(parameters.scoped(norm), channels: outputs)
    }

    func callAsFunction(_ x: Tensor, isLearning: Bool, in workspace: Workspace) -> Tensor {
        norm(convolution(x, in: workspace), isLearning: isLearning, in: workspace)
    }
}

/// Two or three convolutions, to whose result what came in is added.
struct ResNetBlock: Sendable {
    /// Channels made.
    let outputs: Int
    private let convolutions: [NormalizedConvolution]
    private let shortcut: NormalizedConvolution?

    init(
        _ parameters: Parameters, inputs: Int, width: Int, stride: Int, hasBottleneck: Bool
    ) throws(Failure) {
        outputs = hasBottleneck ? 4 * width : width
        let layers =
            hasBottleneck
            ? [(width, 1, 1), (width, 3, stride), (outputs, 1, 1)] : [(width, 3, stride), (width, 3, 1)]
        var channels = inputs
        var convolutions: [NormalizedConvolution] = []
        for (index, (outputs, kernel, stride)) in layers.enumerated() {
            convolutions.append(
                try NormalizedConvolution(
                    parameters, "conv\(index + 1)", "bn\(index + 1)", inputs: channels, outputs: outputs,
                    kernel: kernel, stride: stride))
            channels = outputs
        }
        self.convolutions = convolutions
        shortcut =
            stride == 1 && inputs == outputs
            ? nil
            : try NormalizedConvolution(
                parameters, "downsample.0", "downsample.1", inputs: inputs, outputs: outputs, kernel: 1,
                stride: stride)
    }

    func callAsFunction(_ x: Tensor, isLearning: Bool, in workspace: Workspace) -> Tensor {
        workspace.scope {
            var inner = x
            for (index, convolution) in convolutions.enumerated() {
                inner = convolution(inner, isLearning: isLearning, in: workspace)
                if index < convolutions.count - 1 { inner = inner.activated(.relu, in: workspace) }
            }
            let shortcut = shortcut?(x, isLearning: isLearning, in: workspace) ?? x
            return inner.adding(shortcut, in: workspace).activated(.relu, in: workspace)
        }
    }
}
