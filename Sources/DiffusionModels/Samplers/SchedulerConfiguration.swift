import Checkpoints
import Diagnostics
import JSONValues

/// What a pipeline's `scheduler_config.json` says: how noise was added in training, and how it is taken away.
///
/// One description serves every sampler, so that a pipeline can be run with another sampler than its own, as
/// diffusers' `from_config` allows. What a sampler's class leaves out has that class's default.
public struct SchedulerConfiguration: Hashable, Sendable {
    /// The sampler that the file asks for.
    public var sampler: SamplerKind
    /// The number of timesteps in training, T.
    public var trainTimesteps = 1000
    /// The variance of the noise that each timestep adds.
    public var betas = BetaSchedule.linear(start: 0.0001, end: 0.02)
    /// Whether the last timestep is made to hold noise alone (Lin and others 2023, algorithm 1).
    public var rescalesToZeroSNR = false
    /// What the network predicts.
    public var prediction = Prediction.epsilon
    /// How the timesteps of sampling are chosen among those of training.
    public var spacing = TimestepSpacing.leading
    /// What is added to each timestep of `leading` spacing.
    public var stepsOffset = 0
    /// Whether the step after the last one is free of noise, or has the noise of timestep 0.
    public var endsAtAlphaOne: Bool
    /// The bound on the predicted clean sample, or nil where it is left as it is; for DDIM.
    public var clipRange: Float?
    /// Whether PNDM leaves out the Runge-Kutta evaluations before its multistep ones.
    public var skipsRungeKutta = false

    /// Reads a scheduler's configuration; whatever it asks for that no sampler here does is refused by name.
    public init(_ value: JSONValue, source: String) throws(Failure) {
        let fields = try JSONFields(value, source: source)
        sampler = try fields.choice("_class_name", SamplerKind.allCases.map { ($0.className, $0) })
        trainTimesteps = try fields.integer("num_train_timesteps", default: trainTimesteps)
        betas = try BetaSchedule(fields)
        rescalesToZeroSNR = try fields.boolean("rescale_betas_zero_snr", default: false)
        prediction = try fields.choice("prediction_type", Prediction.named, default: prediction)
        spacing = try fields.choice("timestep_spacing", TimestepSpacing.named, default: spacing)
        stepsOffset = try fields.integer("steps_offset", default: stepsOffset)
        endsAtAlphaOne = try fields.boolean("set_alpha_to_one", default: sampler == .ddim)
        let clipLimit = try fields.number("clip_sample_range", default: 1)
        clipRange = try fields.boolean("clip_sample", default: true) ? Float(clipLimit) : nil
        skipsRungeKutta = try fields.boolean("skip_prk_steps", default: false)
        if try fields.boolean("thresholding", default: false) {
            throw fields.refusal("thresholding", "dynamic thresholding is not supported")
        }
        fields.ignore("dynamic_thresholding_ratio", "sample_max_value")
        try fields.refuseUnread()

        guard 1...100_000 ~= trainTimesteps else {
            throw fields.refusal("num_train_timesteps", "it must be between 1 and 100,000")
        }
        guard 0...trainTimesteps ~= stepsOffset else {
            throw fields.refusal("steps_offset", "it must be between 0 and num_train_timesteps")
        }
        if case .trained(let values) = betas, values.count != trainTimesteps {
            throw fields.refusal(
                "trained_betas", "it has \(values.count) values for \(trainTimesteps) timesteps")
        }
        if let clipRange, !(clipRange > 0) {
            throw fields.refusal("clip_sample_range", "it must be positive")
        }
    }
}

/// What the network is trained to predict from a noisy sample.
public enum Prediction: Hashable, Sendable {
    /// The noise in it.
    case epsilon
    /// The clean sample in it.
    case sample
    /// The velocity sqrt(a) noise - sqrt(1 - a) clean (Salimans and Ho 2022, section 4).
    case velocity

    static let named: [(String, Prediction)] = [
        ("epsilon", .epsilon), ("sample", .sample), ("v_prediction", .velocity),
    ]
}
