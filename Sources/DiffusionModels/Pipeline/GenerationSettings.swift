import Diagnostics

/// How images are made; what differs from image to image stands in `ImageRequest`.
public struct GenerationSettings: Hashable, Sendable {
    /// The sampler, or nil for the pipeline's own.
    public var sampler: SamplerKind?
    /// Steps from noise to image, S.
    public var steps: Int
    /// How far predictions are moved from the unconditional towards the conditional ones.
    ///
    /// w in e = e(nothing) + w (e(text) - e(nothing)); at 1 and below the text alone is asked, as in diffusers.
    /// Ho and Salimans, "Classifier-free diffusion guidance" (2021), where w - 1 is called w.
    public var guidance: Double
    /// How much of the removed noise is replaced by fresh noise, 0 to 1; only DDIM can.
    public var eta: Double
    /// Height and width of the images in pixels, or nil for the size the model was trained on.
    public var size: ImageSize?
    /// The share of the steps that is made when there is an image to begin with, above 0 and up to 1.
    public var strength: Double

    /// Makes settings; the defaults are those of diffusers.
    public init(
        sampler: SamplerKind? = nil, steps: Int = 50, guidance: Double = 7.5, eta: Double = 0,
        size: ImageSize? = nil, strength: Double = 0.8
    ) {
        self.sampler = sampler
        self.steps = steps
        self.guidance = guidance
        self.eta = eta
        self.size = size
        self.strength = strength
    }

    /// Whether each step asks for an unconditional prediction, too.
    public var isGuided: Bool { guidance > 1 }

    /// Refuses numbers that no sampling can be made with.
    func check() throws(Failure) {
        guard guidance.isFinite else {
            throw Failure(.usage, "guidance is \(guidance)", hint: "Choose a finite number, such as 7.5.")
        }
        guard 0...1 ~= eta else {
            throw Failure(.usage, "eta is \(eta)", hint: "Choose eta between 0 and 1.")
        }
        guard strength > 0, strength <= 1 else {
            throw Failure(.usage, "strength is \(strength)", hint: "Choose a strength above 0 and up to 1.")
        }
    }

    /// How many of a sampler's evaluations are left out when there is an image to begin with.
    ///
    /// As in diffusers' image-to-image pipeline: the last S·strength steps are made, rounded down.
    func skippedEvaluations() throws(Failure) -> Int {
        let made = min(Int(Double(steps) * strength), steps)
        guard made > 0 else {
            throw Failure(
                .usage, "strength \(strength) of \(steps) steps leaves no step to make",
                hint: "Ask for more steps or more strength.")
        }
        return steps - made
    }
}
