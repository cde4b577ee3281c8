import Diagnostics
import Kernels
import Tensors
import Testing

@testable import DiffusionModels

@Suite("UNet2DCondition")
struct UNetTests {
    @Test(
        "every intermediate agrees with diffusers", arguments: ["sd1", "uneven", "rare", "bare"])
    func intermediates(_ name: String) throws {
        let golden = try Golden("DiffusionUNet/\(name)")
        let unet = try Self.unet(golden)
        let comparison = Comparison(golden)
        _ = Self.run(unet, golden, slots: [0, 1], in: Workspace(), observer: comparison.callAsFunction)

        let recorded = golden.tensors.names.filter { !["sample", "timesteps", "context"].contains($0) }
        #expect(Set(recorded) == Set(comparison.errors.keys))
        let (worst, error) = comparison.largest
        #expect(error < 1e-4, "\(worst)")
    }

    /// bfloat16 has 8 bits: each product is off by up to 2⁻⁸, and the sums and layers by a few of these.
    @Test("in bfloat16 the output stays within 3 %", arguments: ["sd1", "uneven", "rare", "bare"])
    func rounded(_ name: String) throws {
        let golden = try Golden("DiffusionUNet/\(name)")
        let made = try [Precision.float32, .bfloat16].map { precision in
            Self.run(try Self.unet(golden, precision), golden, slots: [0, 1], in: Workspace()).flatMap { $0 }
        }
        let greatest = made[0].map(\.magnitude).max() ?? 0
        let error = (zip(made[0], made[1]).map { ($0 - $1).magnitude }.max() ?? .infinity) / greatest
        #expect(error < 0.03)
        #expect(error > 1e-5, "nothing was rounded")
    }

    static func unet(_ golden: Golden, _ precision: Precision = .float32) throws -> UNet2DCondition {
        try UNet2DCondition(
            UNet2DConditionConfiguration(golden.configuration(), source: "config.json"),
            Parameters(golden.parameters.tensors, precision: precision))
    }

    /// Runs the recorded inputs in the order of `slots`; one output for each slot.
    static func run(
        _ unet: UNet2DCondition, _ golden: Golden, slots: [Int], in workspace: Workspace,
        observer: Observer? = nil
    ) -> [[Float]] {
        do {
            let (latents, context) = (try golden.tensor("sample"), try golden.tensor("context"))
            let timesteps = try golden.values("timesteps").map { Int($0) }
            return workspace.temporarily {
                func joined(_ tensor: Tensor) -> Tensor {
                    Tensor(
                        tensor.shape.with(batch: slots.count), slots.flatMap { tensor[$0..<$0 + 1].values })
                }
                let output = unet(
                    joined(latents), timesteps: slots.map { timesteps[$0] },
                    conditioning: unet.condition(on: joined(context), in: workspace), in: workspace,
                    observer: observer)
                return slots.indices.map { output[$0..<$0 + 1].values }
            }
        } catch {
            Issue.record(error)
            return []
        }
    }
}
