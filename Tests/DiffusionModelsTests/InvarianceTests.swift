import Kernels
import Tensors
import Testing

@testable import DiffusionModels

/// Serialized, because the thread count is the process's.
@Suite("Invariance of results", .serialized)
struct InvarianceTests {
    @Test("an output depends neither on the batch, nor on the slot, nor on the threads, to the last bit")
    func unet() throws {
        let golden = try Golden("DiffusionUNet/uneven")
        let unet = try UNetTests.unet(golden)
        let before = Parallelism.threadCount
        defer { Parallelism.threadCount = before }
        for threads in [1, 2, 3, 5] {
            Parallelism.threadCount = threads
            let workspace = Workspace()
            let alone = [0, 1].map { UNetTests.run(unet, golden, slots: [$0], in: workspace)[0] }
            for slots in [[0, 1], [1, 0, 1], [1, 1, 1, 1, 0]] {
                let outputs = UNetTests.run(unet, golden, slots: slots, in: workspace)
                for (slot, output) in zip(slots, outputs) { #expect(output == alone[slot]) }
            }
        }
    }

    /// At 32 × 32 latents convolutions are Winograd's.
    @Test(
        "nor does it where products are large enough to be cut in pieces", arguments: [8, 32],
        Precision.allCases)
    func largerUNet(side: Int, precision: Precision) throws {
        let unet = try UNet2DCondition(
            UNet2DConditionConfiguration(
                [
                    "block_out_channels": [64, 96], "layers_per_block": 1, "attention_head_dim": 4,
                    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
                    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D"], "cross_attention_dim": 64,
                ], source: "config.json"), Parameters(InventedTensors(), precision: precision))
        let count = 5
        let latents = Tensor(
            Shape(count, side, side, 4),
            InventedTensors().values(of: "latents", shape: [1, count * side * side * 4]))
        let text = Tensor(
            Shape(count, 7, 64), InventedTensors().values(of: "text", shape: [1, count * 448]))
        let workspace = Workspace()
        func run(_ slots: Range<Int>) -> [Float] {
            workspace.temporarily {
                unet(
                    latents[slots], timesteps: slots.map { 900 - 100 * $0 },
                    conditioning: unet.condition(on: text[slots], in: workspace), in: workspace
                ).values
            }
        }
        let before = Parallelism.threadCount
        defer { Parallelism.threadCount = before }
        Parallelism.threadCount = 1
        let alone = (0..<count).map { run($0..<$0 + 1) }
        #expect(Set(alone).count == count)
        #expect(!alone.joined().contains { !$0.isFinite })
        for threads in [1, 2, 3, 5] {
            Parallelism.threadCount = threads
            #expect(run(0..<count) == Array(alone.joined()))
            #expect(run(3..<5) == alone[3] + alone[4])
        }
    }

    @Test("decoded images depend on neither, too")
    func autoencoder() throws {
        let golden = try Golden("DiffusionAutoencoder/sd")
        let autoencoder = try AutoencoderTests.autoencoder(golden, golden.parameters)
        let workspace = Workspace()
        let latents = try golden.tensor("latents")
        let alone = autoencoder.decode(latents, in: workspace).values
        let three = Tensor(
            latents.shape.with(batch: 3), latents.values.map { -$0 } + latents.values + latents.values)
        let before = Parallelism.threadCount
        defer { Parallelism.threadCount = before }
        for threads in [1, 3] {
            Parallelism.threadCount = threads
            let decoded = autoencoder.decode(three, in: workspace)
            #expect(decoded[1..<2].values == alone)
            #expect(decoded[2..<3].values == alone)
        }
    }

    @Test("a second pass takes no more memory")
    func steadyState() throws {
        let golden = try Golden("DiffusionUNet/sd1")
        let unet = try UNetTests.unet(golden)
        let workspace = Workspace()
        let first = UNetTests.run(unet, golden, slots: [0, 1], in: workspace)
        let bytes = workspace.byteCount
        #expect(bytes > 0)
        for _ in 0..<3 { #expect(UNetTests.run(unet, golden, slots: [0, 1], in: workspace) == first) }
        #expect(workspace.byteCount == bytes)
    }
}
