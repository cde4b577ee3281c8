import Diagnostics

/// Walks one image's latents from noise to a picture.
///
/// For each of `timesteps` in order: give the model `sample`, passed through `scaleInput`, and call `step` with
/// what it predicts. A sampler keeps the state of one image; all of its buffers are made with it.
public protocol Sampler {
    /// The timesteps at which the model is evaluated, in order.
    var timesteps: [Int] { get }

    /// Whether every step needs fresh normal noise.
    var needsNoise: Bool { get }

    /// Scales a copy of the sample to what the model expects at a timestep.
    func scaleInput(_ sample: inout MutableSpan<Float>, at timestep: Int)

    /// Replaces the sample by the next, less noisy one.
    ///
    /// - Parameters:
    ///   - modelOutput: the model's prediction for the sample.
    ///   - timestep: the timestep of the prediction.
    ///   - sample: the sample, with as many elements as the sampler was made for; replaced.
    ///   - noise: as many standard normal numbers where `needsNoise`, else empty.
    mutating func step(
        modelOutput: Span<Float>, at timestep: Int, sample: inout MutableSpan<Float>, noise: Span<Float>)
}

extension Sampler {
    /// Leaves the sample as it is, which suits samplers of unit-variance schedules.
    public func scaleInput(_ sample: inout MutableSpan<Float>, at timestep: Int) {}

    /// Leaves noise out.
    public var needsNoise: Bool { false }
}

/// The samplers there are.
public enum SamplerKind: String, CaseIterable, Sendable {
    case ddim
    case pndm

    /// The name of diffusers' class.
    public var className: String {
        switch self {
        case .ddim: "DDIMScheduler"
        case .pndm: "PNDMScheduler"
        }
    }
}

extension SchedulerConfiguration {
    /// Makes a sampler for one image of `elements` latent values.
    ///
    /// - Parameters:
    ///   - kind: the sampler, by default the configuration's own.
    ///   - steps: the number of steps, S.
    ///   - eta: how much of the removed noise is replaced by fresh noise; only DDIM can.
    ///
    /// Throws `usage` where the sampler cannot do what is asked for, `badInput` where the configuration cannot.
    public func makeSampler(
        _ kind: SamplerKind? = nil, schedule: NoiseSchedule, steps: Int, eta: Float = 0, elements: Int
    ) throws(Failure) -> any Sampler {
        switch kind ?? sampler {
        case .ddim:
            return try DDIMSampler(self, schedule: schedule, steps: steps, eta: eta)
        case .pndm:
            guard eta == 0 else {
                throw Failure(
                    .usage, "sampler pndm is deterministic; eta \(eta) was asked for",
                    hint: "Leave eta at 0, or sample with ddim.")
            }
            return try PNDMSampler(self, schedule: schedule, steps: steps, elements: elements)
        }
    }
}
