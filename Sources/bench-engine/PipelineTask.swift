import Diagnostics
import DiffusionModels
import Kernels
import Randomness

/// Images of DDIM steps with guidance 2.5: `latents` [N, C, H, W], the initial noise; `conditioning` [N, T, E];
/// `unconditional` [1, T, E]; the number of `steps`.
///
/// The output holds the images' bytes, [N, height, width, 3], from 0 to 1.
struct PipelineTask: EngineTask {
    private let pipeline: LatentDiffusionPipeline
    private let requests: [ImageRequest]
    private let settings: GenerationSettings

    init(_ data: RecordedData, _ precision: Precision) throws(Failure) {
        pipeline = try LatentDiffusionPipeline(directory: data.folder, precision: precision, encodes: false)
        let configuration = pipeline.unet.configuration
        let latents = try data.tensor("latents", [nil, configuration.inputs, nil, nil])
        let texts = try data.tensor("conditioning", [latents.shape[0], nil, configuration.contextWidth])
        let (tokens, channels) = (texts.shape[1], texts.shape[2])
        let empty = try data.tensor("unconditional", [1, tokens, channels])
        requests = (0..<latents.shape[0]).map { index in
            ImageRequest(
                conditioning: TextEmbedding(tokens: tokens, channels: channels, values: texts.part(index)),
                unconditional: TextEmbedding(tokens: tokens, channels: channels, values: empty.values),
                noise: RecordedNoise(values: latents.part(index)))
        }
        settings = GenerationSettings(
            sampler: .ddim, steps: try data.integers("steps", []).values[0], guidance: 2.5,
            size: ImageSize(
                height: latents.shape[2] * pipeline.downsampling,
                width: latents.shape[3] * pipeline.downsampling))
    }

    func run() throws(Failure) -> RecordedTensor {
        var images: [RGBPixels] = []
        for result in try pipeline.generate(requests, settings) { images.append(try result.get()) }
        return RecordedTensor(
            shape: [images.count, images[0].size.height, images[0].size.width, 3],
            values: images.flatMap { $0.bytes.map { Float($0) / 255 } })
    }
}

/// Noise that was recorded; an image draws it once, as a whole.
private struct RecordedNoise: NoiseSource {
    let values: [Float]

    func fillNormal(_ buffer: UnsafeMutableBufferPointer<Float>) {
        precondition(
            buffer.count == values.count, "\(values.count) values of noise where \(buffer.count) are drawn")
        _ = buffer.update(fromContentsOf: values)
    }
}
