import Diagnostics
import Testing

@testable import Kernels

/// How instructions are chosen for the processor, and described.
@Suite struct EngineTests {
    private let server = CPUFeatures(
        cpuinfo: "processor : 0\nflags\t: fpu avx2 fma avx512f avx512dq avx512vl\n")
    private let newServer = CPUFeatures(
        cpuinfo: "flags\t: avx2 fma avx512f avx512bw avx512vl avx512_bf16\n")
    private let desktop = CPUFeatures(cpuinfo: "flags\t: fpu sse avx avx2 fma\n")
    private let other = CPUFeatures(cpuinfo: "Features\t: fp asimd\n")

    @Test func theWidestInstructionsAreChosen() throws {
        #expect(try VectorInstructions.choose(nil, server) == .avx512)
        #expect(try VectorInstructions.choose(nil, newServer) == .avx512BFloat16)
        #expect(try VectorInstructions.choose("", desktop) == .avx2)
        #expect(try VectorInstructions.choose(nil, other) == .portable)
    }

    @Test func narrowerOnesCanBeAskedFor() throws {
        #expect(try VectorInstructions.choose("avx2", server) == .avx2)
        #expect(try VectorInstructions.choose("avx512", newServer) == .avx512)
        let tiled = CPUFeatures(cpuinfo: "flags\t: \(newServer.flags.joined(separator: " ")) amx_tile\n")
        #expect(try VectorInstructions.choose(nil, tiled) == .avx512)
        #expect(try VectorInstructions.choose("avx512-bf16", tiled) == .avx512BFloat16)
        #expect(try VectorInstructions.choose("portable", desktop) == .portable)
        for wish in ["avx512", "sse9"] {
            let failure = #expect(throws: Failure.self) { try VectorInstructions.choose(wish, desktop) }
            #expect(failure?.kind == .usage)
            #expect(failure?.summary.contains("FIGMENT_INSTRUCTIONS=\(wish)") == true)
            #expect(failure?.hint?.contains("portable, avx2") == true)
        }
    }

    @Test func theEngineDescribesItself() throws {
        let engine = try EngineDescription()
        #expect(CPUFeatures().has(engine.instructions))
        #expect(engine.threads >= 1)
        #expect(engine.bfloat16 == (engine.instructions == .avx512BFloat16 ? "native" : "widened"))
    }
}
