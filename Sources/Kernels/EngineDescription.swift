import Diagnostics

/// What the numeric engine runs on, for people and for run rows.
public struct EngineDescription: Hashable, Sendable {
    /// The kernels OpenBLAS chose, such as `SkylakeX`; with the engine's version it decides the last bit of a result.
    public let coreType: String
    /// OpenBLAS's version and build options.
    public let library: String
    /// The number of threads that share the work.
    public let threads: Int

    /// Loads the engine and describes it; throws `missingResource` where OpenBLAS is not installed.
    public init() throws(Failure) {
        let blas = try BLAS.load()
        coreType = blas.coreType
        library = blas.configuration
        threads = Parallelism.threadCount
    }
}

/// Loads the engine; what builds layers calls this once, so that kernels need no error path.
///
/// Throws `missingResource` where OpenBLAS is not installed.
public func prepareEngine() throws(Failure) { _ = try BLAS.load() }
