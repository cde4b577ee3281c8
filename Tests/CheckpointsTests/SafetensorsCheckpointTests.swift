import Checkpoints
import Diagnostics
import Digests
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsCheckpointTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func readsShardsThroughTheirIndex() throws {
        let checkpoint = try SafetensorsCheckpoint(directory: Fixture.url("Checkpoints/sharded"))
        #expect(checkpoint.names == (0..<5).map { "layer.\($0).weight" })
        for index in 0..<5 {
            let values = try checkpoint.values(of: "layer.\(index).weight", shape: [4, 4])
            #expect(values == [Float](repeating: Float(index), count: 16))
        }
        #expect(checkpoint.shape(of: "layer.4.weight") == [4, 4])
        #expect(checkpoint.source.hasSuffix("sharded/model.safetensors.index.json"))
        let failure = #expect(throws: Failure.self) {
            try checkpoint.values(of: "layer.5.weight", shape: [4, 4])
        }
        #expect(failure?.summary.contains("index.json has no tensor 'layer.5.weight'") == true)
    }

    @Test func theDigestIsThatOfTheFilesInNameOrder() throws {
        let single = try SafetensorsCheckpoint(directory: Fixture.url("Checkpoints"))
        // sha256sum model.safetensors
        #expect(
            try single.digest().hex == "67243eced4d8bef84c8c708ad6daff71e993673e73896e3ead09ecf1fddd9db3")
        // cat model-0000?-of-00003.safetensors | sha256sum
        let sharded = try SafetensorsCheckpoint(directory: Fixture.url("Checkpoints/sharded"))
        #expect(
            try sharded.digest().hex == "c7076095e8a98ba1001105bc23caf396f839e34583a1f20eba35d87dc99e2288")
    }

    @Test func findsDiffusersName() throws {
        let bytes = try Fixture.bytes("Checkpoints/model.safetensors")
        try folder.write("diffusion_pytorch_model.safetensors", bytes)
        let checkpoint = try SafetensorsCheckpoint(directory: folder.url)
        #expect(try checkpoint.values(of: "scalar", shape: []) == [0.25])
    }

    @Test(arguments: [
        (#"{"weight_map":{"a":"missing.safetensors"}}"#, "missing.safetensors"),
        (#"{"weight_map":{"layer.9.weight":"one.safetensors"}}"#, "'layer.9.weight' is in one.safetensors"),
        (#"{"weight_map":{"a":"../one.safetensors"}}"#, "sends tensor 'a'"),
        (#"{"weight_map":{"a":"/etc/one.safetensors"}}"#, "sends tensor 'a'"),
        (#"{"weight_map":{"a":"one.safetensors\u0000.safetensors"}}"#, "sends tensor 'a'"),
        (#"{"weight_map":{"a":"one.bin"}}"#, "sends tensor 'a'"),
        (#"{"weight_map":{"a":3}}"#, "sends tensor 'a'"),
        (#"{"weight_map":{}}"#, "no field 'weight_map'"),
        (#"{"weight_map":[]}"#, "no field 'weight_map'"),
        (#"{"metadata":{}}"#, "no field 'weight_map'"),
        (#"[]"#, "not a JSON object"),
        (#"{"weight_map":"#, "not valid JSON"),
    ])
    func refusesAnIndexThatIsWrong(index: String, says: String) throws {
        try folder.write(
            "one.safetensors", Fixture.bytes("Checkpoints/sharded/model-00001-of-00003.safetensors"))
        try folder.write("model.safetensors.index.json", index)
        let failure = #expect(throws: Failure.self) { try SafetensorsCheckpoint(directory: folder.url) }
        #expect(failure?.summary.contains(says) == true, "\(failure?.summary ?? "")")
        #expect(failure?.hint != nil)
    }

    @Test func saysHowToConvertAPickle() throws {
        try folder.write("pytorch_model.bin", "pickle")
        let failure = #expect(throws: Failure.self) { try SafetensorsCheckpoint(directory: folder.url) }
        #expect(failure?.summary.contains("only as a pickle, pytorch_model.bin") == true)
        #expect(failure?.hint?.contains("save_pretrained") == true)
    }

    @Test func saysWhatIsMissing() throws {
        let empty = #expect(throws: Failure.self) { try SafetensorsCheckpoint(directory: folder.url) }
        #expect(empty?.kind == .missingResource)
        #expect(empty?.summary.contains("has no weights") == true)
        try folder.write("model.fp16.safetensors", "x")
        let variant = #expect(throws: Failure.self) { try SafetensorsCheckpoint(directory: folder.url) }
        #expect(variant?.hint?.contains("model.fp16.safetensors") == true)
        let none = #expect(throws: Failure.self) {
            try SafetensorsCheckpoint(directory: folder.url.appending(path: "none"))
        }
        #expect(none?.summary.contains("there is no model folder") == true)
    }
}
