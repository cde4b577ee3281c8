import Checkpoints
import Diagnostics
import Foundation
import TestSupport
import Testing

/// The files that make up a model are those that are read, whatever their names, and they lie in its folder.
@Suite struct ModelFamilyTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("config.json", "{}")
    }

    private func files() throws -> [String] { try ModelFamily.clip.files(in: folder.url.path) }

    private func index(_ shard: String) throws {
        try folder.write("model.safetensors.index.json", #"{"weight_map": {"a": "\#(shard)"}}"#)
    }

    @Test func shardsAreThoseThatTheIndexNames() throws {
        try index(".hidden.safetensors")
        try folder.write(".hidden.safetensors", [1])
        try folder.write("model-00001-of-00001.safetensors", [1])
        #expect(try files() == [".hidden.safetensors", "config.json", "model.safetensors.index.json"])
    }

    @Test(arguments: [
        "../other.safetensors", "sub/x.safetensors", "/x.safetensors", "..", "a\\u0000.safetensors",
        "sub/\\u0301x.safetensors",
    ])
    func noShardLiesElsewhere(shard: String) throws {
        try index(shard)
        let failure = #expect(throws: Failure.self) { try files() }
        #expect(failure?.kind == .badInput)
        #expect(
            failure?.summary.contains("model.safetensors.index.json: 'weight_map' sends tensor 'a' to")
                == true)
        #expect(throws: Failure.self) { try SafetensorsCheckpoint(directory: folder.url) }
    }

    @Test func whatIsNotReadIsNoPart() throws {
        try folder.write("model.safetensors", [1])
        let files = try files()
        #expect(files == ["config.json", "model.safetensors"])
        for name in ["README.md", "training_args.json", "pytorch_model.safetensors", ".git/config.json"] {
            try folder.write(name, "not read")
        }
        #expect(try self.files() == files)
    }

    @Test func aPipelineHasItsPartsInFolders() throws {
        for part in ["text_encoder", "unet", "vae"] { try folder.write("\(part)/model.safetensors", [1]) }
        try folder.write("unet/config.json", "{}")
        try folder.write("safety_checker/model.safetensors", [1])
        #expect(
            try ModelFamily.diffusion.files(in: folder.url.path) == [
                "text_encoder/model.safetensors", "unet/config.json", "unet/model.safetensors",
                "vae/model.safetensors",
            ])
        let missing = #expect(throws: Failure.self) {
            try ModelFamily.diffusion.files(in: folder.path("unet"))
        }
        #expect(missing?.kind == .missingResource)
    }
}
