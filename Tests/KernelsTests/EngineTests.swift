import Diagnostics
import Foundation
import Testing

@testable import Kernels

/// How OpenBLAS is found, chosen for the processor, and described.
@Suite struct EngineTests {
    @Test func coreTypeFollowsTheProcessor() {
        let server = CPUFeatures(
            cpuinfo: "processor : 0\nflags\t: fpu avx512f avx512cd avx512dq avx512bw avx512vl\n")
        #expect(server.coreType == "SkylakeX")
        #expect(CPUFeatures(cpuinfo: "flags\t: fpu sse avx avx2 fma\n").coreType == nil)
        #expect(CPUFeatures(cpuinfo: "").coreType == nil)
    }

    @Test func theEngineDescribesItself() throws {
        let engine = try EngineDescription()
        #expect(engine.library.contains("OpenBLAS"))
        #expect(!engine.coreType.isEmpty)
        #expect(engine.threads >= 1)
    }

    @Test func aMissingLibraryIsNamedWithItsRemedy() {
        let failure = #expect(throws: Failure.self) { try BLAS.open("libnosuchblas.so.0") }
        #expect(failure?.kind == .missingResource)
        #expect(failure?.summary.contains("libnosuchblas.so.0") == true)
        #expect(failure?.hint?.contains("libopenblas0-pthread") == true)
    }

    @Test func loadingLeavesTheEnvironmentAsItWas() throws {
        // Another test may be loading it for the first time just now.
        try prepareEngine()
        let names = ["OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE"]
        let before = names.map { ProcessInfo.processInfo.environment[$0] }
        _ = try BLAS.open("libopenblas.so.0")
        #expect(names.map { ProcessInfo.processInfo.environment[$0] } == before)
    }
}
