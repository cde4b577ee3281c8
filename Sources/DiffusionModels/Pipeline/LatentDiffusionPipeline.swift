import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Kernels
import Synchronization
import Tensors

/// A latent diffusion model as diffusers saves it: UNet, autoencoder and scheduler of a `StableDiffusionPipeline`.
///
/// The text encoder and the tokenizer lie in the same folder; the program runs them, and hands over embeddings.
public final class LatentDiffusionPipeline: Sendable {
    /// The classes of the parts.
    public let index: PipelineIndex
    /// The network that predicts noise.
    public let unet: UNet2DCondition
    /// The network between latents and images.
    public let autoencoder: AutoencoderKL
    /// The scheduler's options, as the pipeline uses them.
    public let scheduler: SchedulerConfiguration

    let schedule: NoiseSchedule
    let workspaces = WorkspacePool()
    let directory: URL
    let precision: Precision
    /// The bytes that the pipeline has or was found to be able to have, and the pixels at once that they are enough for.
    let memory: Mutex<(held: Int, pixels: Int)>

    /// Reads a pipeline's folder; both networks compute in a precision.
    ///
    /// Throws `missingResource` where a file is missing, `badInput` where one is damaged or asks for what is not
    /// supported, and `outOfMemory`, before any weights are read, where there is too little for them and one image.
    ///
    /// - Parameter encodes: whether images may begin with others, which takes the autoencoder's encoder.
    public init(
        directory: URL, precision: Precision = .float32, encodes: Bool = true
    ) throws(Failure) {
        var loaded = 0
        if !MemoryMeter.isDryRun {
            let need = try Self.memory(of: directory, precision, encodes: encodes, for: Work())
            try MemoryNeed(tensorBytes: need.tensorBytes).check(
                "the pipeline \(directory.path), with one image,", hint: Self.memoryHint)
            loaded = need.loaded
        }
        self.directory = directory
        self.precision = precision
        memory = Mutex((loaded, 0))
        func configuration(_ file: String) throws(Failure) -> (JSONValue, source: String) {
            let path = directory.appending(path: file).path
            return (try JSONValue(file: path, limit: 1 << 20), path)
        }
        func parameters(_ part: String) throws(Failure) -> Parameters {
            Parameters(
                try SafetensorsCheckpoint(directory: directory.appending(path: part)), precision: precision)
        }
        let (index, indexSource) = try configuration("model_index.json")
        self.index = try PipelineIndex(index, source: indexSource)
        let (schedulerValue, schedulerSource) = try configuration("scheduler/scheduler_config.json")
        var scheduler = try SchedulerConfiguration(schedulerValue, source: schedulerSource)
        scheduler.correctForStableDiffusion()
        self.scheduler = scheduler
        schedule = NoiseSchedule(scheduler)
        let (unetValue, unetSource) = try configuration("unet/config.json")
        unet = try UNet2DCondition(
            UNet2DConditionConfiguration(unetValue, source: unetSource), parameters("unet"))
        let (autoencoderValue, autoencoderSource) = try configuration("vae/config.json")
        autoencoder = try AutoencoderKL(
            AutoencoderKLConfiguration(autoencoderValue, source: autoencoderSource),
            parameters("vae"), encodes: encodes)
        try checkFit(unetSource: unetSource, autoencoderSource: autoencoderSource)
    }

    /// Pixels of an image along a side for each latent pixel.
    public var downsampling: Int { autoencoder.configuration.downsampling }

    /// The size of the images that the model was trained on, nil where its files do not say.
    public var trainedSize: ImageSize? {
        unet.configuration.sampleSize.map {
            ImageSize(height: $0.height * downsampling, width: $0.width * downsampling)
        }
    }

    /// The smallest images that the networks can make.
    var leastSize: ImageSize {
        let side = downsampling * unet.configuration.leastSide
        return ImageSize(height: side, width: side)
    }

    /// Refuses parts that do not fit each other.
    private func checkFit(unetSource: String, autoencoderSource: String) throws(Failure) {
        let (unet, autoencoder) = (unet.configuration, autoencoder.configuration)
        guard unet.inputs == autoencoder.latentChannels, unet.outputs == autoencoder.latentChannels else {
            throw Failure(
                .badInput,
                "\(unetSource): in_channels \(unet.inputs) and out_channels \(unet.outputs) are not the "
                    + "autoencoder's latent_channels \(autoencoder.latentChannels)",
                hint: "Inpainting and similar models are not supported; use one that makes images from text.")
        }
        guard autoencoder.inputs == 3, autoencoder.outputs == 3 else {
            throw Failure(
                .badInput,
                "\(autoencoderSource): in_channels \(autoencoder.inputs), out_channels \(autoencoder.outputs)",
                hint: "Only models of images in red, green and blue are supported.")
        }
        guard autoencoder.shiftFactor ?? 0 == 0 else {
            throw Failure(
                .badInput,
                "\(autoencoderSource): 'shift_factor' is set, which a StableDiffusionPipeline does not use",
                hint: "Remove it if the model was trained in such a pipeline.")
        }
    }
}

extension SchedulerConfiguration {
    /// Does what `StableDiffusionPipeline` does to the scheduler it is given: an offset of 1, and no clipping.
    ///
    /// Clipping would cut latents to -1 ... 1; both options are wrong in early checkpoints, and diffusers corrects
    /// them in every one (`pipeline_stable_diffusion.py`, "steps_offset!=1", "clip_sample not set").
    mutating func correctForStableDiffusion() {
        stepsOffset = 1
        clipRange = nil
    }
}
