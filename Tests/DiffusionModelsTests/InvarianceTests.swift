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
        for threads in [1, 2, 5] {
            Parallelism.threadCount = threads
            let workspace = Workspace()
            let alone = [0, 1].map { UNetTests.run(unet, golden, slots: [$0], in: workspace)[0] }
            for slots in [[0, 1], [1, 0, 1], [1, 1, 1, 1, 0]] {
                let outputs = UNetTests.run(unet, golden, slots: slots, in: workspace)
                for (slot, output) in zip(slots, outputs) { #expect(output == alone[slot]) }
            }
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
