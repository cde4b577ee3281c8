import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Kernels
import Tensors

/// A CLIP: a text and an image encoder whose features lie in one space (transformers' `CLIPModel`).
public struct CLIPModel: Sendable {
    /// The model's configuration.
    public let configuration: CLIPConfiguration
    /// The text encoder, with projection.
    public let text: CLIPTextEncoder
    /// The image encoder, with projection.
    public let vision: CLIPVisionEncoder
    /// What cosines are multiplied with before a softmax: e to the checkpoint's `logit_scale`.
    public let logitScale: Float
    private let workspaces = WorkspacePool()
    /// The most images that a thread encodes at once.
    private static let groupSize = 8

    /// Reads a model's `config.json` and weights from a folder, to compute in a precision.
    ///
    /// Throws one `Failure` that names file and field: `missingResource` where a file is missing, `badInput` where a
    /// file is damaged, of another architecture, or asks for what is not supported, and `outOfMemory`, before any
    /// weights are read, where there is too little for them and for what all threads encode at once.
    public init(directory: URL, precision: Precision = .float32) throws(Failure) {
        try MemoryNeed.check(
            "the model \(directory.path)", hint: "Take a smaller model, or use fewer threads."
        ) { () throws(Failure) in
            let model = try CLIPModel(directory: directory, precision: precision)
            try model.encodeAsManyAsEver()
        }
        let fields = try JSONFields(configurationIn: directory)
        try fields.check(modelTypes: ["clip"])
        let configuration = try CLIPConfiguration(fields)
        let parameters = Parameters(
            try SafetensorsCheckpoint(directory: directory), precision: precision)
        text = try CLIPTextEncoder(configuration.text, parameters, projection: configuration.projection)
        vision = try CLIPVisionEncoder(configuration.vision, parameters, projection: configuration.projection)
        guard let scale = try parameters.values("logit_scale", []).first, exp(scale).isFinite else {
            throw Failure(
                .badInput,
                "weights file \(parameters.source): 'logit_scale' is no number whose power is finite",
                hint: "Download or save the model again.")
        }
        logitScale = exp(scale)
        self.configuration = configuration
    }

    /// Encodes the longest texts and as many images as all threads take at once.
    private func encodeAsManyAsEver() throws(Failure) {
        let (threads, vision) = (Parallelism.threadCount, configuration.vision)
        _ = try features(
            ofTexts: [[Int]](
                repeating: [Int](repeating: 0, count: configuration.text.positions), count: threads))
        let image = [Float](repeating: 0, count: vision.imageSize * vision.imageSize * vision.imageChannels)
        _ = try features(ofImages: [[Float]](repeating: image, count: threads * Self.groupSize))
    }

    /// The features of texts (P each, not normalized), encoded side by side on all threads.
    ///
    /// Texts may differ in length. Throws as `CLIPTextEncoder.hiddenStates` does.
    public func features(ofTexts texts: [[Int]]) throws(Failure) -> [[Float]] {
        try workspaces.map(texts.count) { index, workspace throws(Failure) in
            try text.features(of: [texts[index]], in: workspace).values
        }
    }

    /// The features of images (P each, not normalized), encoded in groups side by side on all threads.
    ///
    /// An image is H × W × 3 values of the model's image size, as `CLIPImageProcessor` makes them. Throws `badInput` where
    /// activations are not finite, by the name of the layer.
    public func features(ofImages images: [[Float]]) throws(Failure) -> [[Float]] {
        let side = configuration.vision.imageSize
        let threads = Parallelism.threadCount
        let group = min(max((images.count + threads - 1) / threads, 1), Self.groupSize)
        let groups = stride(from: 0, to: images.count, by: group).map { $0..<min($0 + group, images.count) }
        return try workspaces.map(groups.count) { index, workspace throws(Failure) in
            let members = images[groups[index]]
            let pictures = workspace.tensor(
                Shape(members.count, side, side, configuration.vision.imageChannels), members.flatMap { $0 })
            let features = try vision.features(of: pictures, in: workspace)
            return (0..<members.count).map { features[$0..<$0 + 1].values }
        }.flatMap { $0 }
    }

    /// The cosine between two features, in [-1, 1]; 0 where one of them has no length.
    public static func similarity(_ left: [Float], _ right: [Float]) -> Float {
        precondition(left.count == right.count, "features of \(left.count) and of \(right.count) values")
        var (product, leftSquare, rightSquare) = (0.0, 0.0, 0.0)
        for (x, y) in zip(left, right) {
            product += Double(x) * Double(y)
            leftSquare += Double(x) * Double(x)
            rightSquare += Double(y) * Double(y)
        }
        let length = (leftSquare * rightSquare).squareRoot()
        return length > 0 ? Float(min(max(product / length, -1), 1)) : 0
    }
}
