import Diagnostics
import Foundation
import Testing

@testable import DiffusionModels

@Suite("Loading pipelines")
struct PipelineLoadingTests {
    @Test("a whole folder is read, and says its size")
    func whole() throws {
        let pipeline = try PipelineTests.pipeline()
        #expect(pipeline.trainedSize == ImageSize(height: 16, width: 16))
        #expect(pipeline.scheduler.stepsOffset == 1)
        #expect(pipeline.scheduler.clipRange == nil)
        #expect(pipeline.scheduler.sampler == .pndm)
    }

    @Test(
        "a file that is missing, damaged or does not fit is named",
        arguments: [
            ("model_index.json", nil, nil, "model_index.json"),
            ("unet/config.json", nil, nil, "unet/config.json"),
            ("vae/diffusion_pytorch_model.safetensors", nil, nil, "vae"),
            ("scheduler/scheduler_config.json", "PNDM", "Euler", "EulerScheduler"),
            ("unet/config.json", "\"in_channels\": 4", "\"in_channels\": 9", "conv_in.weight"),
            ("unet/config.json", "\"in_channels\": 4", "\"in_channels\": 4, \"invented\": 1", "invented"),
            ("unet/config.json", "\"layers_per_block\": 1", "\"layers_per_block\": 3", "resnets.1"),
            ("vae/config.json", "\"shift_factor\": null", "\"shift_factor\": 0.5", "shift_factor"),
            ("vae/config.json", "\"in_channels\": 3", "\"in_channels\": 1", "encoder.conv_in.weight"),
            ("vae/config.json", "{", "[", "vae/config.json"),
        ] as [(String, String?, String?, String)])
    func damage(_ file: String, _ old: String?, _ new: String?, _ name: String) throws {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appending(path: "pipeline-\(UUID().uuidString)")
        defer { try? files.removeItem(at: folder) }
        try files.copyItem(at: URL(filePath: Fixture.path("DiffusionPipeline")), to: folder)
        let damaged = folder.appending(path: file)
        if let old, let new {
            let text = try String(contentsOf: damaged, encoding: .utf8)
            try #require(text.contains(old))
            try text.replacing(old, with: new, maxReplacements: 1).write(
                to: damaged, atomically: true, encoding: .utf8)
        } else {
            try files.removeItem(at: damaged)
        }
        let failure = #expect(throws: Failure.self) { try LatentDiffusionPipeline(directory: folder) }
        #expect(failure?.summary.contains(name) == true)
    }
}
