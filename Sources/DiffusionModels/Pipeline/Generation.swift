import Diagnostics
import Kernels
import Randomness
import Tensors

extension LatentDiffusionPipeline {
    /// Makes one image.
    ///
    /// Throws `usage` where the settings cannot be met, `badInput` where the texts do not fit the model or the
    /// network's values are not finite.
    public func generate(_ request: ImageRequest, _ settings: GenerationSettings) throws(Failure) -> RGBPixels
    {
        try generate([request], settings)[0].get()
    }

    /// Makes several images side by side; each is the same, to the last bit, as if it were made alone.
    ///
    /// - Parameter progress: called after every step with the number of steps made, and of all.
    ///
    /// Throws `usage` where the settings cannot be met, and `badInput` where the texts do not fit the model. An image
    /// whose values are not finite is a failure among the results, which names the step; the others go on.
    public func generate(
        _ requests: [ImageRequest], _ settings: GenerationSettings,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(Failure) -> [Result<RGBPixels, Failure>] {
        guard !requests.isEmpty else { return [] }
        let size = try checkedSize(settings, requests)
        try check(requests, settings)
        return try workspaces.withWorkspace { workspace throws(Failure) in
            var generation = try Generation(self, requests, settings, size, workspace)
            for step in generation.timesteps.indices {
                generation.advance(step)
                progress(step + 1, generation.timesteps.count)
            }
            return generation.images()
        }
    }

    /// The size asked for, if the networks can make it.
    private func checkedSize(
        _ settings: GenerationSettings, _ requests: [ImageRequest]
    ) throws(Failure) -> ImageSize {
        guard let size = settings.size ?? trainedSize else {
            throw Failure(
                .usage, "the model does not say which size its images have",
                hint: "Ask for a height and a width.")
        }
        let least = downsampling * unet.configuration.leastSide
        let sides = [size.height, size.width]
        guard sides.allSatisfy({ least...4096 ~= $0 && $0.isMultiple(of: downsampling) }) else {
            throw Failure(
                .usage, "images of \(size.height) × \(size.width) pixels cannot be made by this model",
                hint: "Choose multiples of \(downsampling) from \(least) to 4096.")
        }
        for case let initial? in requests.map(\.initial) where initial.size != size {
            throw Failure(
                .usage,
                "an initial image has \(initial.size.height) × \(initial.size.width) pixels; "
                    + "\(size.height) × \(size.width) were asked for",
                hint: "Resize it, or ask for its size.")
        }
        return size
    }

    /// Refuses texts that do not fit the model or each other, and settings that no image can be made with.
    private func check(_ requests: [ImageRequest], _ settings: GenerationSettings) throws(Failure) {
        try settings.check()
        let tokens = requests[0].conditioning.tokens
        for request in requests {
            guard !settings.isGuided || request.unconditional != nil else {
                throw Failure(
                    .usage, "guidance \(settings.guidance) needs an unconditional embedding",
                    hint: "Give one, or ask for guidance 1.")
            }
            for text in [request.conditioning, request.unconditional].compactMap({ $0 }) {
                guard text.channels == unet.configuration.contextWidth, text.tokens == tokens, tokens > 0
                else {
                    throw Failure(
                        .badInput,
                        "a text embedding is \(text.tokens) × \(text.channels); the model takes "
                            + "\(unet.configuration.contextWidth) channels, of \(tokens) tokens in this batch",
                        hint: "Embed the texts with the model's own text encoder.")
                }
            }
        }
        let begun = requests.count { $0.initial != nil }
        guard begun == 0 || begun == requests.count else {
            throw Failure(
                .usage, "\(begun) of \(requests.count) images of a batch begin with an image",
                hint: "Make images with and without an initial one in separate batches.")
        }
    }
}

/// The sampling of a batch: what changes from step to step.
private struct Generation {
    /// The timesteps of the model's evaluations.
    let timesteps: [Int]

    private let pipeline: LatentDiffusionPipeline
    private let workspace: Workspace
    private let guidance: Float?
    private let conditioning: UNet2DCondition.TextConditioning
    /// [B, H, W, Z].
    private let latents: Tensor
    private var samplers: [any Sampler]
    private var noises: [any NoiseSource]
    /// Of each image, why it cannot be finished.
    private var failures: [Failure?]

    init(
        _ pipeline: LatentDiffusionPipeline, _ requests: [ImageRequest], _ settings: GenerationSettings,
        _ size: ImageSize, _ workspace: Workspace
    ) throws(Failure) {
        self.pipeline = pipeline
        self.workspace = workspace
        guidance = settings.isGuided ? Float(settings.guidance) : nil
        noises = requests.map(\.noise)
        failures = requests.map { _ in nil }

        let factor = pipeline.downsampling
        let shape = Shape(
            requests.count, size.height / factor, size.width / factor, pipeline.unet.configuration.inputs)
        latents = workspace.tensor(shape)
        samplers = []
        for _ in requests {
            samplers.append(
                try pipeline.scheduler.makeSampler(
                    settings.sampler, schedule: pipeline.schedule, steps: settings.steps,
                    eta: Float(settings.eta), elements: shape.count / shape.batch))
        }
        let isBegun = requests[0].initial != nil
        timesteps = Array(samplers[0].timesteps.dropFirst(isBegun ? try settings.skippedEvaluations() : 0))

        let conditional = requests.map(\.conditioning)
        let texts = settings.isGuided ? requests.compactMap(\.unconditional) + conditional : conditional
        conditioning = pipeline.unet.condition(
            on: workspace.tensor(
                Shape(texts.count, texts[0].tokens, texts[0].channels), texts.flatMap(\.values)),
            in: workspace)
        for slot in requests.indices { begin(slot, with: requests[slot].initial) }
    }

    /// The latents of one image, [1, H, W, Z].
    private func latents(_ slot: Int) -> Tensor { latents[slot..<slot + 1] }

    /// Fills an image's latents with noise, or with an image and as much noise as the first timestep has.
    private mutating func begin(_ slot: Int, with initial: RGBPixels?) {
        let target = latents(slot)
        guard let initial else {
            workspace.temporarily { target.set(draw(slot)) }
            return
        }
        let autoencoder = pipeline.autoencoder
        workspace.temporarily {
            let moments = autoencoder.encode(initial.tensor(in: workspace), in: workspace)
            let sample = autoencoder.sample(moments, noise: draw(slot), in: workspace)
            target.set(sample.scaled(by: autoencoder.configuration.scalingFactor, in: workspace))
            let (noise, buffer) = (draw(slot).buffer, target.buffer)
            var span = buffer.mutableSpan
            pipeline.schedule.addNoise(noise.span, to: &span, at: timesteps[0])
        }
    }

    /// The next noise of an image, drawn in planar order, [1, H, W, Z].
    private mutating func draw(_ slot: Int) -> Tensor {
        let shape = latents.shape
        let planar = workspace.tensor(Shape(1, shape[3], shape[1], shape[2]))
        noises[slot].fillNormal(UnsafeMutableBufferPointer(start: planar.base, count: planar.count))
        return planar.channelsLast(in: workspace)
    }

    /// Makes the step of an evaluation, for all images.
    mutating func advance(_ evaluation: Int) {
        let timestep = timesteps[evaluation]
        workspace.temporarily {
            let predictions = predict(timestep)
            for slot in samplers.indices {
                let noise = samplers[slot].needsNoise ? draw(slot).buffer : .init(start: nil, count: 0)
                let (output, sample) = (predictions[slot..<slot + 1].buffer, latents(slot).buffer)
                var span = sample.mutableSpan
                samplers[slot].step(
                    modelOutput: output.span, at: timestep, sample: &span, noise: noise.span)
                if failures[slot] == nil, !latents(slot).isFinite {
                    failures[slot] = Failure(
                        .badInput,
                        "step \(evaluation + 1) of \(timesteps.count) "
                            + "(timestep \(timestep)) made values that are not finite",
                        hint: "Check the model's weights, the text embedding and the guidance.")
                }
            }
        }
    }

    /// The model's predictions for all images, guided where asked for, [B, H, W, Z].
    private func predict(_ timestep: Int) -> Tensor {
        let count = latents.shape.batch
        let passes = guidance == nil ? 1 : 2
        let input = workspace.tensor(latents.shape.with(batch: passes * count))
        for pass in 0..<passes { input[pass * count..<(pass + 1) * count].set(latents) }
        for slot in 0..<passes * count {
            let copy = input[slot..<slot + 1].buffer
            var span = copy.mutableSpan
            samplers[slot % count].scaleInput(&span, at: timestep)
        }
        let output = pipeline.unet(
            input, timesteps: [Int](repeating: timestep, count: passes * count), conditioning: conditioning,
            in: workspace)
        guard let guidance else { return output }
        let unconditional = output[0..<count]
        unconditional.guide(towards: output[count..<2 * count], by: guidance)
        return unconditional
    }

    /// The finished images, or why they are not.
    func images() -> [Result<RGBPixels, Failure>] {
        let autoencoder = pipeline.autoencoder
        let scaled = latents.scaled(by: 1 / autoencoder.configuration.scalingFactor, in: workspace)
        let decoded = autoencoder.decode(scaled, in: workspace)
        return failures.indices.map { slot in
            if let failure = failures[slot] { return .failure(failure) }
            let image = decoded[slot..<slot + 1]
            guard image.isFinite else {
                return .failure(
                    Failure(
                        .badInput, "decoding the latents made values that are not finite",
                        hint: "Check the autoencoder's weights and its scaling_factor."))
            }
            return .success(RGBPixels(image))
        }
    }
}

extension Tensor {
    /// Moves every value away from its own by `weight` times the way to that of `other`, in place.
    fileprivate func guide(towards other: Tensor, by weight: Float) {
        let (values, others) = (base, other.base)
        for index in 0..<count { values[index] += weight * (others[index] - values[index]) }
    }
}
