import Diagnostics

/// What the numeric engine runs on, for people and for run rows.
public struct EngineDescription: Hashable, Sendable {
    /// The vector instructions in use; with the engine's version they decide the last bit of a result.
    public let instructions: VectorInstructions
    /// How products in bfloat16 are made: by an instruction of their own, or by widening their values to float32.
    public var bfloat16: String { instructions.multipliesPairs ? "native" : "widened" }
    /// The number of threads that share the work.
    public let threads: Int

    /// Describes the engine; throws `usage` where the environment asks for instructions that are not there.
    public init() throws(Failure) {
        instructions = try VectorInstructions.chosen.get()
        threads = Parallelism.threadCount
    }
}

/// Prepares the engine; what builds layers calls this once, so that kernels need no error path.
///
/// Throws `usage` where the environment asks for vector instructions that are not there.
public func prepareEngine() throws(Failure) { _ = try VectorInstructions.chosen.get() }
