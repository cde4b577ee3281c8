import Diagnostics

/// Denoising diffusion implicit models (Song and others 2021, arXiv 2010.02502).
///
/// With a(t) of `NoiseSchedule`, e the predicted noise and s the previous timestep, equations 12 and 16:
///
///     x0    = (x(t) - sqrt(1 - a(t)) e) / sqrt(a(t))
///     sigma = eta sqrt((1 - a(s)) / (1 - a(t)) (1 - a(t) / a(s)))
///     x(s)  = sqrt(a(s)) x0 + sqrt(1 - a(s) - sigma^2) e + sigma noise
public struct DDIMSampler: Sampler {
    /// The timesteps at which the model is evaluated, descending.
    public let timesteps: [Int]
    private let schedule: NoiseSchedule
    private let prediction: Prediction
    private let clipRange: Float?
    private let eta: Float
    private let stride: Int

    /// Makes a sampler of S steps.
    ///
    /// Throws `usage` where `steps` or `eta` is out of range, `badInput` where the configuration does not fit.
    public init(
        _ configuration: SchedulerConfiguration, schedule: NoiseSchedule, steps: Int, eta: Float = 0
    ) throws(Failure) {
        guard 0...1 ~= eta else {
            throw Failure(.usage, "eta is \(eta)", hint: "Choose eta between 0 and 1.")
        }
        timesteps = try configuration.spacing.timesteps(
            steps, of: schedule.count, offset: configuration.stepsOffset
        ).reversed()
        self.schedule = schedule
        prediction = configuration.prediction
        clipRange = configuration.clipRange
        self.eta = eta
        stride = schedule.count / steps
    }

    /// Whether eta is above 0.
    public var needsNoise: Bool { eta > 0 }

    /// Replaces x(t) by x(s).
    public func step(
        modelOutput: Span<Float>, at timestep: Int, sample: inout MutableSpan<Float>, noise: Span<Float>
    ) {
        let alpha = schedule.alpha(at: timestep)
        let alphaPrevious = schedule.alpha(at: timestep - stride)
        let signal = alpha.squareRoot()
        let deviation = (1 - alpha).squareRoot()
        let variance = (1 - alphaPrevious) / (1 - alpha) * (1 - alpha / alphaPrevious)
        let sigma = eta > 0 ? eta * variance.squareRoot() : 0
        let signalPrevious = alphaPrevious.squareRoot()
        let direction = (1 - alphaPrevious - sigma * sigma).squareRoot()
        let bound = clipRange ?? .infinity

        for index in sample.indices {
            let x = sample[index]
            let output = modelOutput[index]
            let epsilon: Float
            var clean: Float
            switch prediction {
            case .epsilon:
                epsilon = output
                clean = (x - deviation * output) / signal
            case .sample:
                epsilon = (x - signal * output) / deviation
                clean = output
            case .velocity:
                epsilon = signal * output + deviation * x
                clean = signal * x - deviation * output
            }
            // Written so that a NaN stays one, and is noticed.
            if clean > bound { clean = bound } else if clean < -bound { clean = -bound }
            sample[index] = signalPrevious * clean + direction * epsilon
            if sigma > 0 { sample[index] += sigma * noise[index] }
        }
    }
}
