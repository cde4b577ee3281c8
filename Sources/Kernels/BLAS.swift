import COpenBLAS
import Diagnostics
import Foundation

/// The OpenBLAS library, loaded when it is first needed.
///
/// It is opened by name and not linked, because `OPENBLAS_CORETYPE` counts only if it is set before the library
/// is loaded. OpenBLAS runs one thread always: parallelism is `parallelFor`'s.
struct BLAS: Sendable {
    typealias Sgemm =
        @convention(c) (
            CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, blasint, blasint, blasint, Float,
            UnsafePointer<Float>?, blasint, UnsafePointer<Float>?, blasint, Float,
            UnsafeMutablePointer<Float>?, blasint
        ) -> Void
    typealias SetThreads = @convention(c) (Int32) -> Void
    typealias Text = @convention(c) () -> UnsafeMutablePointer<CChar>?

    /// Makes general matrix products, C ← α·op(A)·op(B) + β·C.
    let sgemm: Sgemm
    /// The kernels OpenBLAS chose, such as `SkylakeX`.
    let coreType: String
    /// OpenBLAS's version and build options.
    let configuration: String
    /// Whether products of up to `smallProduct` multiplications are made without copying their operands first.
    let hasSmallKernels: Bool

    /// OpenBLAS's own bound (kernel/x86_64/sgemm_small_kernel_permit_skylakex.c).
    static let smallProduct = 1_000_000

    private static let loaded = Result { () throws(Failure) in try open("libopenblas.so.0") }

    /// The library; throws `missingResource` where it is not installed.
    static func load() throws(Failure) -> BLAS { try loaded.get() }

    /// The library for kernels, which run only after a model was loaded and `load` succeeded.
    static var shared: BLAS {
        switch loaded {
        case .success(let blas): return blas
        case .failure(let failure): preconditionFailure("a kernel ran without OpenBLAS: \(failure)")
        }
    }

    static func open(_ library: String) throws(Failure) -> BLAS {
        // While it loads, OpenBLAS chooses its kernels and starts its threads; ours replace them.
        var environment = ["OPENBLAS_NUM_THREADS": "1"]
        if getenv("OPENBLAS_CORETYPE") == nil { environment["OPENBLAS_CORETYPE"] = CPUFeatures().coreType }
        let handle = withEnvironment(environment) { dlopen(library, RTLD_NOW | RTLD_LOCAL) }
        func symbol<Function>(_ name: String, as type: Function.Type) throws(Failure) -> Function {
            guard let handle, let address = dlsym(handle, name) else {
                let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
                throw Failure(
                    .missingResource, "OpenBLAS cannot be used: \(reason)",
                    hint: "Install it: apt-get install libopenblas0-pthread")
            }
            return unsafeBitCast(address, to: type)
        }
        let setThreads = try symbol("openblas_set_num_threads", as: SetThreads.self)
        let coreType = try symbol("openblas_get_corename", as: Text.self)
        let configuration = try symbol("openblas_get_config", as: Text.self)
        let sgemm = try symbol("cblas_sgemm", as: Sgemm.self)
        setThreads(1)
        let core = coreType().map { String(cString: $0) } ?? ""
        return BLAS(
            sgemm: sgemm, coreType: core,
            configuration: (configuration().map { String(cString: $0) } ?? "").trimmingCharacters(
                in: .whitespaces),
            hasSmallKernels: ["SkylakeX", "Cooperlake", "SapphireRapids"].contains(core))
    }

    /// Runs `body` with some variables set, and gives them back as they were: child processes must not inherit them.
    private static func withEnvironment<Result>(_ values: [String: String], _ body: () -> Result) -> Result {
        let before = values.keys.map { name in (name, getenv(name).map { String(cString: $0) }) }
        for (name, value) in values { setenv(name, value, 1) }
        defer {
            for (name, value) in before {
                if let value { setenv(name, value, 1) } else { unsetenv(name) }
            }
        }
        return body()
    }
}
