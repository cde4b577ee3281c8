import Diagnostics
import Kernels
import Randomness
import Tensors

/// The sampling of a batch of images: what changes from step to step.
///
/// Every thread runs the networks on its own share of the images, so that threads wait for each other but once a
/// step. A single image is shared by the threads inside of the networks.
struct BatchSampling {
    /// The timesteps of the model's evaluations.
    let timesteps: [Int]

    private let pipeline: LatentDiffusionPipeline
    private let workspace: Workspace
    private let guidance: Float?
    private let shares: [Share]
    /// What is being sampled, and what the model predicts for it, [B, H, W, Z] each.
    private let latents, predictions: Tensor
    private var samplers: [any Sampler]
    private var noises: [any NoiseSource]
    /// Of each image, why it cannot be finished.
    private var failures: [Failure?]

    /// The images of one thread.
    private struct Share {
        let slots: Range<Int>
        /// Where there is guidance the unconditional texts of all, then the conditional ones.
        let conditioning: UNet2DCondition.TextConditioning
    }

    /// Prepares samplers, texts and initial latents; the requests are checked, and all of one kind.
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
        predictions = workspace.tensor(shape)
        samplers = []
        for _ in requests {
            samplers.append(
                try pipeline.scheduler.makeSampler(
                    settings.sampler, schedule: pipeline.schedule, steps: settings.steps,
                    eta: Float(settings.eta), elements: shape.count / shape.batch))
        }
        let isBegun = requests[0].initial != nil
        timesteps = Array(samplers[0].timesteps.dropFirst(isBegun ? try settings.skippedEvaluations() : 0))

        let size = (requests.count + Parallelism.threadCount - 1) / Parallelism.threadCount
        shares = stride(from: 0, to: requests.count, by: size).map { start in
            let slots = start..<min(start + size, requests.count)
            let texts =
                (settings.isGuided ? requests[slots].compactMap(\.unconditional) : [])
                + requests[slots].map(\.conditioning)
            let joined = workspace.tensor(
                Shape(texts.count, texts[0].tokens, texts[0].channels), texts.flatMap(\.values))
            return Share(
                slots: slots, conditioning: pipeline.unet.condition(on: joined, in: workspace))
        }
        for slot in requests.indices { begin(slot, with: requests[slot].initial) }
    }

    /// Makes the step of an evaluation, for all images.
    mutating func advance(_ evaluation: Int) {
        let timestep = timesteps[evaluation]
        forEachShare { share, workspace in predict(share, timestep, in: workspace) }
        let step = "step \(evaluation + 1) of \(timesteps.count) (timestep \(timestep))"
        for slot in samplers.indices where failures[slot] == nil && !predictions.slot(slot).isFinite {
            failures[slot] = .notFinite(step, part: troubledPart(of: slot, at: timestep))
        }
        for slot in samplers.indices {
            workspace.temporarily {
                let noise = samplers[slot].needsNoise ? draw(slot).buffer : .init(start: nil, count: 0)
                let (output, sample) = (predictions.slot(slot).buffer, latents.slot(slot).buffer)
                var span = sample.mutableSpan
                samplers[slot].step(
                    modelOutput: output.span, at: timestep, sample: &span, noise: noise.span)
            }
            if failures[slot] == nil, !latents.slot(slot).isFinite {
                failures[slot] = .notFinite(step, part: nil)
            }
        }
    }

    /// How many images of a size a thread decodes at once: a large one takes more memory than all that came before.
    static func decoded(of size: ImageSize) -> Int { max(1, (1 << 18) / (size.height * size.width)) }

    /// The finished images, or why they are not.
    func images() -> [Result<RGBPixels, Failure>] {
        let factor = pipeline.downsampling
        let (height, width) = (latents.shape[1] * factor, latents.shape[2] * factor)
        let decoded = workspace.tensor(Shape(latents.shape.batch, height, width, 3))
        forEachShare { share, workspace in
            let count = Self.decoded(of: ImageSize(height: height, width: width))
            for start in stride(from: share.slots.lowerBound, to: share.slots.upperBound, by: count) {
                let slots = start..<min(start + count, share.slots.upperBound)
                workspace.temporarily { decoded[slots].set(decode(slots, in: workspace)) }
            }
        }
        return failures.indices.map { slot in
            if let failure = failures[slot] { return .failure(failure) }
            guard decoded.slot(slot).isFinite else {
                return .failure(.notFinite("decoding the latents", part: troubledPartOfDecoding(slot)))
            }
            return .success(RGBPixels(decoded.slot(slot)))
        }
    }

    private func decode(_ slots: Range<Int>, in workspace: Workspace, observer: Observer? = nil) -> Tensor {
        let scale = 1 / pipeline.autoencoder.configuration.scalingFactor
        return pipeline.autoencoder.decode(
            latents[slots].scaled(by: scale, in: workspace), in: workspace, observer: observer)
    }

    /// The first part of the UNet that makes values for an image that are not finite.
    private func troubledPart(of slot: Int, at timestep: Int) -> String? {
        guard let share = shares.first(where: { $0.slots.contains(slot) }) else { return nil }
        var part: String?
        pipeline.workspaces.withWorkspace { workspace in
            predict(share, timestep, in: workspace) { name, output in
                let places = stride(
                    from: slot - share.slots.lowerBound, to: output.shape.batch, by: share.slots.count)
                if part == nil, places.contains(where: { !output.slot($0).isFinite }) { part = name }
            }
        }
        return part
    }

    /// The same of the autoencoder's decoder.
    private func troubledPartOfDecoding(_ slot: Int) -> String? {
        var part: String?
        pipeline.workspaces.withWorkspace { workspace in
            _ = decode(slot..<slot + 1, in: workspace) { name, output in
                if part == nil, !output.isFinite { part = name }
            }
        }
        return part
    }

    /// Runs `body` on every share, each with a workspace of its own, on several threads at once.
    private func forEachShare(_ body: (Share, Workspace) -> Void) {
        parallelFor(shares.count) { range in
            for index in range {
                pipeline.workspaces.withWorkspace { workspace in body(shares[index], workspace) }
            }
        }
    }

    /// Writes the model's predictions for a share's images, guided where asked for.
    private func predict(
        _ share: Share, _ timestep: Int, in workspace: Workspace, observer: Observer? = nil
    ) {
        let count = share.slots.count
        let passes = guidance == nil ? 1 : 2
        let input = workspace.tensor(latents.shape.with(batch: passes * count))
        for pass in 0..<passes { input[pass * count..<(pass + 1) * count].set(latents[share.slots]) }
        for place in 0..<passes * count {
            let copy = input.slot(place).buffer
            var span = copy.mutableSpan
            samplers[share.slots.lowerBound + place % count].scaleInput(&span, at: timestep)
        }
        let output = pipeline.unet(
            input, timesteps: [Int](repeating: timestep, count: passes * count),
            conditioning: share.conditioning, in: workspace, observer: observer)
        let target = predictions[share.slots]
        target.set(output[0..<count])
        if let guidance { target.guide(towards: output[count..<2 * count], by: guidance) }
    }

    /// Fills an image's latents with noise, or with an image and as much noise as the first timestep has.
    private mutating func begin(_ slot: Int, with initial: RGBPixels?) {
        let target = latents.slot(slot)
        let autoencoder = pipeline.autoencoder
        workspace.temporarily {
            guard let initial else { return target.set(draw(slot)) }
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
        noises[slot].fillNormal(planar.buffer)
        return planar.channelsLast(in: workspace)
    }
}

extension Failure {
    /// Values of an image that are not finite, and the part of a network that made the first of them.
    fileprivate static func notFinite(_ deed: String, part: String?) -> Failure {
        Failure(
            .badInput,
            "\(deed) made values that are not finite" + (part.map { ", first in layer '\($0)'" } ?? ""),
            hint: "Check the model's weights, the text embedding and the guidance.")
    }
}

extension Tensor {
    /// One image of a batch, [1, H, W, C].
    fileprivate func slot(_ index: Int) -> Tensor { self[index..<index + 1] }

    /// Moves every value on by `weight` times the way from it to that of `other`, in place.
    fileprivate func guide(towards other: Tensor, by weight: Float) {
        let (values, others) = (base, other.base)
        for index in 0..<count { values[index] += weight * (others[index] - values[index]) }
    }
}
