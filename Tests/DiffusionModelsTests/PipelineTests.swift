import Diagnostics
import Foundation
import JSONValues
import Randomness
import Tensors
import Testing

@testable import DiffusionModels

@Suite("LatentDiffusionPipeline")
struct PipelineTests {
    /// The runs that tools/goldens/diffusion_pipeline.py recorded.
    static let runs = [
        "ddim", "ddim-eta", "ddim-unguided", "pndm", "pndm-wide", "ddim-from-image", "pndm-from-image",
    ]

    @Test("images equal those of diffusers within one level, from its seeds", arguments: runs)
    func images(_ name: String) throws {
        let recorded = try RecordedRun(name)
        let image = try Self.pipeline().generate(recorded.request, recorded.settings)
        let levels = zip(image.bytes, recorded.image).map { abs(Int($0) - Int($1)) }
        #expect(image.bytes.count == recorded.image.count)
        #expect(levels.max() == 0 || levels.max() == 1)
    }

    @Test("noise drawn from a seed is the noise that diffusers began with", arguments: runs)
    func noise(_ name: String) throws {
        let recorded = try RecordedRun(name)
        var noise = recorded.request.noise
        if recorded.request.initial != nil { _ = noise.normals(recorded.latents.count) }
        #expect(noise.normals(recorded.latents.count) == recorded.latents)
    }

    @Test("an image is the same alone and in a batch, in any slot, after any other")
    func batches() throws {
        let pipeline = try Self.pipeline()
        let recorded = try RecordedRun("ddim-eta")
        var other = recorded.request
        other.noise = PhiloxNoise(seed: 3)
        let alone = try pipeline.generate(recorded.request, recorded.settings)
        let batch = try pipeline.generate(
            [other, recorded.request, other, recorded.request, other], recorded.settings
        ).map { try $0.get() }
        #expect(batch[1] == alone)
        #expect(batch[3] == alone)
        #expect(batch[0] == batch[4])
        #expect(batch[0] != alone)
    }

    @Test("progress is told after every evaluation")
    func progress() throws {
        let recorded = try RecordedRun("pndm-wide")
        var told: [Int] = []
        _ = try Self.pipeline().generate([recorded.request], recorded.settings) { done, total in
            #expect(total == 6)
            told.append(done)
        }
        #expect(told == [1, 2, 3, 4, 5, 6])
    }

    @Test("values that are not finite are a failure of that image alone, which names step and layer")
    func notFinite() throws {
        let recorded = try RecordedRun("ddim")
        var broken = recorded.request
        var values = broken.conditioning.values
        values[5] = .nan
        broken.conditioning = TextEmbedding(tokens: 10, channels: 16, values: values)
        let results = try Self.pipeline().generate([recorded.request, broken], recorded.settings)
        #expect(try results[0].get().bytes.count == recorded.image.count)
        let failure = #expect(throws: Failure.self) { try results[1].get() }
        #expect(failure?.summary.contains("step 1 of 12 (timestep 914)") == true)
        #expect(failure?.summary.contains("first in layer 'down_blocks.1.attentions.0'") == true)
    }

    @Test(
        "settings that cannot be met are refused",
        arguments: [
            GenerationSettings(steps: 0), GenerationSettings(steps: 1001),
            GenerationSettings(guidance: .nan), GenerationSettings(sampler: .pndm, eta: 0.5),
            GenerationSettings(sampler: .ddim, eta: 2), GenerationSettings(strength: 0),
            GenerationSettings(size: ImageSize(height: 15, width: 16)),
            GenerationSettings(size: ImageSize(height: 16, width: 0)),
            GenerationSettings(size: ImageSize(height: 1 << 40, width: 16)),
            GenerationSettings(steps: 3, size: ImageSize(height: 8, width: 8)),
            GenerationSettings(steps: 2, strength: 0.4),
        ])
    func unmet(_ settings: GenerationSettings) throws {
        let failure = #expect(throws: Failure.self) {
            try Self.pipeline().generate(RecordedRun("ddim-from-image").request, settings)
        }
        #expect(failure?.kind == .usage)
    }

    @Test("texts that do not fit the model are refused")
    func texts() throws {
        var request = try RecordedRun("ddim").request
        request.unconditional = nil
        let without = #expect(throws: Failure.self) {
            try Self.pipeline().generate(request, GenerationSettings(steps: 2))
        }
        #expect(without?.summary.contains("unconditional") == true)
        request.unconditional = TextEmbedding(
            tokens: 10, channels: 8, values: [Float](repeating: 0, count: 80))
        let narrow = #expect(throws: Failure.self) {
            try Self.pipeline().generate(request, GenerationSettings(steps: 2))
        }
        #expect(narrow?.summary.contains("10 × 8") == true)
    }

    static func pipeline() throws -> LatentDiffusionPipeline {
        try LatentDiffusionPipeline(directory: URL(filePath: Fixture.path("DiffusionPipeline")))
    }
}

/// One recorded run of diffusers' pipeline: what it was asked for and what came out.
struct RecordedRun {
    let request: ImageRequest
    let settings: GenerationSettings
    let latents: [Float]
    let image: [UInt8]

    init(_ name: String) throws {
        let golden = try Golden("DiffusionPipeline")
        let runs = try golden.configuration("runs.json").object?["runs"]?.array ?? []
        guard let run = runs.first(where: { $0.object?["name"]?.string == name }) else {
            throw Failure(.missingResource, "no run \(name)")
        }
        let fields = try JSONFields(run, source: "runs.json")
        let size = ImageSize(height: try fields.integer("height"), width: try fields.integer("width"))
        settings = GenerationSettings(
            sampler: SamplerKind(rawValue: try fields.string("sampler")), steps: try fields.integer("steps"),
            guidance: try fields.number("guidance"), eta: try fields.number("eta"), size: size,
            strength: try fields.number("strength", default: 1))
        func text(_ name: String) throws -> TextEmbedding {
            TextEmbedding(tokens: 10, channels: 16, values: try golden.values(name))
        }
        let start = "\(name).start"
        let initial =
            golden.tensors.contains(start)
            ? RGBPixels(size: size, bytes: try golden.tensor(start).values.map { UInt8($0) }) : nil
        request = ImageRequest(
            conditioning: try text("conditioning"), unconditional: try text("unconditional"),
            noise: TorchNoise(seed: UInt64(try fields.integer("seed"))), initial: initial)
        latents = try golden.values("\(name).latents")
        image = try golden.values("\(name).image").map { UInt8($0) }
    }
}
