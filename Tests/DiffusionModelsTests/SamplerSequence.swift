import Diagnostics
import Foundation
import JSONValues
import Testing

@testable import DiffusionModels

/// One recorded run of a diffusers scheduler: tools/goldens/diffusion_schedulers.py.
struct SamplerSequence: CustomTestStringConvertible {
    let configuration: SchedulerConfiguration
    let steps: Int
    let eta: Float
    let timesteps: [Int]
    let initial: [Float]
    let modelOutputs: [[Float]]
    let noises: [[Float]]
    let samples: [[Float]]
    let noised: (clean: [Float], noise: [Float], timestep: Int, sample: [Float])
    let testDescription: String

    static let all: [SamplerSequence] = {
        do {
            let value = try JSONValue(
                parsing: Fixture.bytes("DiffusionSchedulers/sequences.json"), source: "sequences.json")
            return try (value.array ?? []).map { try SamplerSequence($0) }
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    init(_ value: JSONValue) throws(Failure) {
        let fields = try JSONFields(value, source: "sequences.json")
        let options = fields.value("configuration") ?? .null
        configuration = try SchedulerConfiguration(options, source: "sequences.json")
        steps = try fields.integer("steps")
        eta = Float(try fields.number("eta"))
        timesteps = try fields.integers("timesteps")
        initial = Self.floats(fields.value("initial"))
        modelOutputs = (fields.value("model_outputs")?.array ?? []).map { Self.floats($0) }
        noises = (fields.value("noises")?.array ?? []).map { Self.floats($0) }
        samples = (fields.value("samples")?.array ?? []).map { Self.floats($0) }
        let example = try JSONFields(fields.value("noised") ?? .null, source: "sequences.json")
        noised = (
            Self.floats(example.value("clean")), Self.floats(example.value("noise")),
            try example.integer("timestep"), Self.floats(example.value("sample"))
        )
        testDescription = "\(configuration.sampler), \(steps) steps, eta \(eta), \(options.text)"
    }

    private static func floats(_ value: JSONValue?) -> [Float] {
        (value?.array ?? []).compactMap { $0.number.map { Float($0) } }
    }
}
