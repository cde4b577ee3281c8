import Diagnostics
import JSONValues
import Testing

@testable import DiffusionModels

@Suite("Scheduler configurations")
struct SchedulerConfigurationTests {
    @Test("what a class leaves out has that class's default")
    func defaults() throws {
        let ddim = try SchedulerConfiguration(["_class_name": "DDIMScheduler"], source: "test")
        #expect(ddim.endsAtAlphaOne)
        #expect(ddim.clipRange == 1)
        #expect(ddim.betas == .linear(start: 0.0001, end: 0.02))
        let pndm = try SchedulerConfiguration(["_class_name": "PNDMScheduler"], source: "test")
        #expect(!pndm.endsAtAlphaOne)
        #expect(!pndm.skipsRungeKutta)
    }

    @Test(
        "what cannot be done is refused by name",
        arguments: [
            (["_class_name": "HeunDiscreteScheduler"], "HeunDiscreteScheduler"),
            (["use_karras_sigmas": true], "use_karras_sigmas"),
            (["thresholding": true], "thresholding"),
            (["beta_schedule": "sigmoid"], "sigmoid"),
            (["beta_start": 2], "beta_start"),
            (["beta_end": -0.1], "beta_end"),
            (["trained_betas": [0.1, "x"]], "trained_betas"),
            (["trained_betas": [0.1, 0.2]], "trained_betas"),
            (["prediction_type": "flow"], "flow"),
            (["timestep_spacing": "random"], "random"),
            (["num_train_timesteps": 0], "num_train_timesteps"),
            (["num_train_timesteps": 1_000_000_000], "num_train_timesteps"),
            (["steps_offset": -1], "steps_offset"),
            (["clip_sample_range": 0], "clip_sample_range"),
            (["clip_sample": "yes"], "clip_sample"),
        ] as [(JSONValue, String)])
    func refusals(_ options: JSONValue, _ name: String) throws {
        var members = try #require(options.object).members
        if options.object?["_class_name"] == nil { members.append(("_class_name", "DDIMScheduler")) }
        let failure = #expect(throws: Failure.self) {
            try SchedulerConfiguration(.object(JSONObject(members)), source: "scheduler_config.json")
        }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains(name) == true)
        #expect(failure?.summary.contains("scheduler_config.json") == true)
    }

    @Test(
        "a sampler refuses what it cannot do",
        arguments: [
            ("DDIMScheduler", 0, 0, Failure.Kind.usage),
            ("DDIMScheduler", 1001, 0, .usage),
            ("DDIMScheduler", 10, 1.5, .usage),
            ("DDIMScheduler", 1000, 0, .badInput),
            ("PNDMScheduler", 3, 0, .usage),
            ("PNDMScheduler", 10, 0.5, .usage),
        ] as [(String, Int, Float, Failure.Kind)])
    func unsuited(_ name: String, _ steps: Int, _ eta: Float, _ kind: Failure.Kind) throws {
        let configuration = try SchedulerConfiguration(
            ["_class_name": .string(name), "steps_offset": 1], source: "test")
        let failure = #expect(throws: Failure.self) {
            try configuration.makeSampler(
                schedule: NoiseSchedule(configuration), steps: steps, eta: eta, elements: 4)
        }
        #expect(failure?.kind == kind)
    }

    @Test("pndm refuses a model that predicts the sample")
    func samplePrediction() throws {
        let configuration = try SchedulerConfiguration(
            ["_class_name": "DDIMScheduler", "prediction_type": "sample"], source: "test")
        let failure = #expect(throws: Failure.self) {
            try configuration.makeSampler(
                .pndm, schedule: NoiseSchedule(configuration), steps: 10, elements: 4)
        }
        #expect(failure?.summary.contains("prediction_type") == true)
    }
}
