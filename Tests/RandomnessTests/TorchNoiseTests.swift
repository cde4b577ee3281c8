import Foundation
import Randomness
import TestSupport
import Testing

/// The runs that tools/goldens/randn.py recorded.
struct RecordedRuns: Decodable {
    struct Run: Decodable { let seed: String, calls: [Call] }
    struct Call: Decodable { let count: Int, bytes: String }
    let runs: [Run]

    static func load() throws -> [Run] {
        try JSONDecoder().decode(Self.self, from: Data(Fixture.bytes("Randomness/randn.json"))).runs
    }
}

@Suite struct TorchNoiseTests {
    @Test func givesEveryBitOfWhatTorchGives() throws {
        let runs = try RecordedRuns.load()
        #expect(runs.count == 5)
        for run in runs {
            var noise = TorchNoise(seed: try #require(UInt64(run.seed)))
            for call in run.calls {
                let bytes = noise.normals(call.count).withUnsafeBytes { Array($0) }
                let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                #expect(hex == call.bytes, "seed \(run.seed), \(call.count) numbers")
            }
        }
    }

    @Test func keepsTheLowHalfOfTheSeed() {
        var (low, high) = (TorchNoise(seed: 7), TorchNoise(seed: 7 + (1 << 32)))
        #expect(low.normals(20) == high.normals(20))
    }

    @Test func givesNothingForNothing() {
        var (asked, untouched) = (TorchNoise(seed: 1), TorchNoise(seed: 1))
        #expect(asked.normals(0).isEmpty)
        #expect(asked.normals(4) == untouched.normals(4))
    }
}
