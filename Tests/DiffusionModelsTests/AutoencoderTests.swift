import Diagnostics
import Tensors
import Testing

@testable import DiffusionModels

@Suite("AutoencoderKL")
struct AutoencoderTests {
    @Test("every intermediate agrees with diffusers", arguments: ["sd", "plain"])
    func intermediates(_ name: String) throws {
        let golden = try Golden("DiffusionAutoencoder/\(name)")
        let autoencoder = try Self.autoencoder(golden, golden.parameters)
        let comparison = Comparison(golden)
        let workspace = Workspace()

        let moments = autoencoder.encode(
            try golden.tensor("pixels"), in: workspace, observer: comparison.callAsFunction)
        let (mean, logVariance) = (try golden.tensor("mean"), try golden.tensor("logvar"))
        #expect(
            relativeError(moments.values, mean.concatenated(channelsOf: logVariance, in: workspace).values)
                < 1e-4)
        let decoded = autoencoder.decode(
            try golden.tensor("latents"), in: workspace, observer: comparison.callAsFunction)
        #expect(relativeError(decoded.values, try golden.tensor("decoded").values) < 1e-4)

        let ends = ["pixels", "mean", "logvar", "latents", "decoded"]
        #expect(Set(golden.tensors.names.filter { !ends.contains($0) }) == Set(comparison.errors.keys))
        let (worst, error) = comparison.largest
        #expect(error < 1e-4, "\(worst)")
    }

    @Test("samples of a posterior are its mean and deviation, the variance clamped")
    func posterior() throws {
        let golden = try Golden("DiffusionAutoencoder/sd")
        let autoencoder = try Self.autoencoder(golden, golden.parameters)
        let workspace = Workspace()
        let moments = Tensor(Shape(1, 1, 1, 8), [1, 2, 3, 4, 0, -200, 2, 300])
        let noise = Tensor(Shape(1, 1, 1, 4), [1, 1, -1, 1])
        let sample = autoencoder.sample(moments, noise: noise, in: workspace).values
        #expect(relativeError(sample[..<3], [2, 2 + 3.059_023e-7, 3 - 2.718_281_8]) < 1e-6)
        #expect(abs(sample[3] / 22_030.466 - 1) < 1e-5)
    }

    @Test("checkpoints with the names of diffusers before 0.15 are read")
    func oldNames() throws {
        let golden = try Golden("DiffusionAutoencoder/sd")
        let autoencoder = try Self.autoencoder(
            golden, Parameters(RenamedTensors(tensors: golden.parameters.tensors)))
        let decoded = autoencoder.decode(try golden.tensor("latents"), in: Workspace())
        #expect(relativeError(decoded.values, try golden.tensor("decoded").values) < 1e-4)
    }

    @Test("a checkpoint without a tensor, or with one of another shape, is refused by its name")
    func damaged() throws {
        let golden = try Golden("DiffusionAutoencoder/plain")
        let name = "decoder.up_blocks.1.resnets.2.conv1.weight"
        let missing = #expect(throws: Failure.self) {
            try Self.autoencoder(golden, Parameters(try golden.parameters.without(name)))
        }
        #expect(missing?.summary.contains(name) == true)
        #expect(missing?.summary.contains("DiffusionAutoencoder/plain") == true)

        let other = try Golden("DiffusionAutoencoder/sd")
        let misshapen = #expect(throws: Failure.self) {
            try Self.autoencoder(golden, other.parameters)
        }
        #expect(misshapen?.kind == .badInput)
        #expect(misshapen?.summary.contains("encoder.") == true)
    }

    static func autoencoder(_ golden: Golden, _ parameters: Parameters) throws -> AutoencoderKL {
        try AutoencoderKL(
            AutoencoderKLConfiguration(golden.configuration(), source: "config.json"), parameters)
    }
}
