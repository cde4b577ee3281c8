import Diagnostics
import JSONValues
import Testing

@testable import DiffusionModels

@Suite("Samplers")
struct SamplerTests {
    /// Round-off: a few units in the last place of float32, carried through up to twelve steps.
    static let roundOff: Float = 2e-6

    @Test("follow diffusers from the first timestep to the last", arguments: SamplerSequence.all)
    func sequence(_ recorded: SamplerSequence) throws {
        var sampler = try recorded.configuration.makeSampler(
            schedule: NoiseSchedule(recorded.configuration), steps: recorded.steps, eta: recorded.eta,
            elements: recorded.initial.count)
        #expect(sampler.timesteps == recorded.timesteps)
        #expect(sampler.needsNoise == (recorded.eta > 0))

        var sample = recorded.initial
        for (index, timestep) in sampler.timesteps.enumerated() {
            let output = recorded.modelOutputs[index]
            let noise = sampler.needsNoise ? recorded.noises[index] : []
            var span = sample.mutableSpan
            sampler.step(modelOutput: output.span, at: timestep, sample: &span, noise: noise.span)
            let error = relativeError(sample, recorded.samples[index])
            #expect(error < Self.roundOff, "step \(index)")
        }
    }

    @Test("put noise on a clean sample as diffusers does", arguments: SamplerSequence.all)
    func noising(_ recorded: SamplerSequence) {
        var sample = recorded.noised.clean
        var span = sample.mutableSpan
        NoiseSchedule(recorded.configuration).addNoise(
            recorded.noised.noise.span, to: &span, at: recorded.noised.timestep)
        #expect(relativeError(sample, recorded.noised.sample) < Self.roundOff)
    }

    @Test("the recorded sequences cover both samplers, noise and every prediction")
    func coverage() {
        let configurations = SamplerSequence.all.map(\.configuration)
        #expect(Set(configurations.map(\.sampler)) == [.ddim, .pndm])
        #expect(Set(configurations.map(\.prediction)) == [.epsilon, .sample, .velocity])
        #expect(Set(configurations.map(\.spacing)) == [.leading, .trailing, .linspace])
        #expect(SamplerSequence.all.contains { $0.eta > 0 })
        #expect(configurations.contains { $0.sampler == .pndm && $0.skipsRungeKutta })
        #expect(configurations.contains { $0.sampler == .pndm && !$0.skipsRungeKutta })
    }

    @Test("trailing spacing has as many timesteps as steps, where numpy's rounding would add one")
    func trailing() throws {
        for steps in [61, 103, 121, 227] {
            let timesteps = try TimestepSpacing.trailing.timesteps(steps, of: 1000, offset: 0)
            #expect(timesteps.count == steps)
            #expect(timesteps.last == 999)
            #expect(timesteps.allSatisfy { $0 >= 0 })
        }
    }

    @Test("a NaN of the model is not hidden by clipping")
    func nan() throws {
        let configuration = try SchedulerConfiguration(["_class_name": "DDIMScheduler"], source: "test")
        var sampler = try configuration.makeSampler(
            schedule: NoiseSchedule(configuration), steps: 2, elements: 1)
        var sample: [Float] = [0.5]
        let output: [Float] = [.nan]
        var span = sample.mutableSpan
        sampler.step(modelOutput: output.span, at: 500, sample: &span, noise: [Float]().span)
        #expect(sample[0].isNaN)
    }
}
