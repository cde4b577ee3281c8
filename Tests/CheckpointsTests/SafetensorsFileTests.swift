import Checkpoints
import Diagnostics
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
    struct Expected: Decodable { let shape: [Int], bytes: String }

    let file: SafetensorsFile

    init() throws { file = try SafetensorsFile(Fixture.url("Checkpoints/model.safetensors").path) }

    @Test func readsEveryNumberThatPythonWrote() throws {
        let golden = try JSONDecoder().decode(
            [String: Expected].self, from: Data(Fixture.bytes("Checkpoints/values.json")))
        #expect(golden.count == 5)
        for (name, expected) in golden {
            let values = try file.values(of: name, shape: expected.shape)
            let words = try hexWords(expected.bytes)
            #expect(values.count == words.count, "\(name)")
            let differences = zip(values, words).filter { value, word in
                // A NaN may carry another payload.
                value.bitPattern != word && !(value.isNaN && Float(bitPattern: word).isNaN)
            }
            #expect(differences.isEmpty, "\(name): \(differences.prefix(3))")
        }
    }

    @Test func tellsWhatItHolds() {
        #expect(
            file.names == [
                "bfloat16", "double", "empty", "float16", "float32", "mask", "position_ids", "scalar",
            ])
        #expect(file.contains("scalar") && !file.contains("Scalar") && !file.contains("__metadata__"))
        #expect(file.shape(of: "float32") == [2, 3, 4] && file.shape(of: "scalar") == [])
        #expect(file.elementType(of: "position_ids") == .int64 && file.elementType(of: "none") == nil)
    }

    @Test(arguments: [("position_ids", [1, 5], "I64"), ("double", [2], "F64"), ("mask", [2], "BOOL")])
    func refusesOtherTypesAsWeights(name: String, shape: [Int], word: String) {
        let failure = #expect(throws: Failure.self) { try file.values(of: name, shape: shape) }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("'\(name)' holds \(word)") == true)
    }

    @Test func namesAMissingTensorAndAWrongShape() {
        let missing = #expect(throws: Failure.self) { try file.values(of: "visual.weight", shape: [1]) }
        #expect(missing?.summary == "weights file \(file.source) has no tensor 'visual.weight'")
        let other = #expect(throws: Failure.self) { try file.values(of: "float32", shape: [4, 3, 2]) }
        #expect(other?.summary.contains("'float32' has the shape [2, 3, 4], not [4, 3, 2]") == true)
    }

    private func hexWords(_ hex: String) throws -> [UInt32] {
        let digits = Array(hex)
        return try stride(from: 0, to: digits.count, by: 8).map { start in
            try #require(UInt32(String(digits[start..<start + 8]), radix: 16)).byteSwapped
        }
    }
}
