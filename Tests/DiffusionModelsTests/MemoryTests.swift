import Diagnostics
import Foundation
import Kernels
import Randomness
import Tensors
import Testing

@testable import DiffusionModels

@Suite("Memory")
struct MemoryTests {
    private func unet() throws(Failure) -> UNet2DCondition {
        try UNet2DCondition(
            UNet2DConditionConfiguration(
                [
                    "block_out_channels": [64, 96], "layers_per_block": 1, "attention_head_dim": 4,
                    "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
                    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D"], "cross_attention_dim": 64,
                ], source: "config.json"), Parameters(InventedTensors()))
    }

    private func peak(isDry: Bool, _ body: () throws(Failure) -> Void) throws -> Int {
        let meter = MemoryMeter(isDry: isDry)
        try meter.measure(body)
        return meter.peak
    }

    @Test("a dry run of a network takes the bytes that it takes in earnest")
    func network() throws {
        func run() throws(Failure) {
            let workspace = Workspace()
            let conditioning = try unet().condition(on: Tensor(Shape(2, 7, 64)), in: workspace)
            _ = try unet()(
                Tensor(Shape(2, 32, 32, 4)), timesteps: [900, 900], conditioning: conditioning, in: workspace)
        }
        let bytes = try peak(isDry: false, run)
        #expect(bytes > 1 << 20)
        #expect(try peak(isDry: true, run) == bytes)
    }

    @Test("and so does one of a gradient", arguments: [false, true])
    func gradient(isCheckpointed: Bool) throws {
        func run() throws(Failure) {
            let (unet, workspace, tape) = (try unet(), Workspace(), Tape())
            let text = Tensor(Shape(1, 7, 64), repeating: 0.5)
            tape.watch(text)
            workspace.tape = tape
            let output = unet(
                Tensor(Shape(1, 32, 32, 4)), timesteps: [900],
                conditioning: unet.condition(on: text, in: workspace), in: workspace,
                isCheckpointed: isCheckpointed)
            tape.differentiate(output.meanSquaredError(Tensor(output.shape), in: workspace))
        }
        let bytes = try peak(isDry: false, run)
        #expect(bytes > 1 << 20)
        #expect(try peak(isDry: true, run) == bytes)
    }

    @Test("a pipeline knows what it needs for an image, within a tenth", arguments: [false, true])
    func pipeline(encodes: Bool) throws {
        let folder = URL(filePath: Fixture.path("DiffusionPipeline"))
        let recorded = try RecordedRun(encodes ? "ddim-from-image" : "ddim")
        var settings = recorded.settings
        var request = recorded.request
        if !encodes { settings.size = ImageSize(height: 256, width: 256) }
        if request.initial == nil { request.noise = PhiloxNoise(seed: 1) }
        let meter = MemoryMeter(isDry: false)
        _ = try meter.measure { () throws(Failure) in
            try LatentDiffusionPipeline(directory: folder, encodes: encodes).generate(request, settings)
        }
        let need = try LatentDiffusionPipeline.memory(
            of: folder, .float32, encodes: encodes,
            for: .init(size: settings.size, isBegun: encodes, tokens: request.conditioning.tokens))
        #expect(abs(Double(meter.peak) / Double(need.tensorBytes) - 1) < 0.1)
        #expect(need.loaded < need.tensorBytes)
    }

    @Test("images that take more memory than there is are refused before they are begun")
    func tooMany() throws {
        let recorded = try RecordedRun("ddim")
        var settings = recorded.settings
        settings.size = ImageSize(height: 4096, width: 4096)
        let failure = #expect(throws: Failure.self) {
            try PipelineTests.pipeline().generate(
                [ImageRequest](repeating: recorded.request, count: 20_000), settings)
        }
        #expect(failure?.kind == .outOfMemory)
        #expect(
            failure?.summary.contains("making 20000 images of 4096 × 4096 pixels at once needs") == true)
        #expect(failure?.hint?.contains("--batch") == true)
    }

    @Test("an image to begin with is refused where the encoder was not read")
    func withoutEncoder() throws {
        let pipeline = try LatentDiffusionPipeline(
            directory: URL(filePath: Fixture.path("DiffusionPipeline")), encodes: false)
        let recorded = try RecordedRun("ddim-from-image")
        let failure = #expect(throws: Failure.self) {
            try pipeline.generate(recorded.request, recorded.settings)
        }
        #expect(failure?.kind == .usage)
        #expect(failure?.summary.contains("encoder") == true)
    }
}
