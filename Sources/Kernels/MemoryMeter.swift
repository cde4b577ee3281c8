/// Counts the bytes of the tensors that a thread makes.
///
/// In a dry run nothing else is done: networks are read and run by the code that does it in earnest, but files are not
/// read, loops are left out, and memory is given addresses alone. So what a computation takes is known in milliseconds.
public final class MemoryMeter {
    /// The bytes held at this moment, and the most held at once.
    public private(set) var bytes = 0, peak = 0
    /// Whether what is measured is not done.
    public let isDry: Bool

    /// Makes a meter that has counted nothing yet.
    public init(isDry: Bool = true) { self.isDry = isDry }

    /// The meter that counts what the calling thread makes.
    package static var current: MemoryMeter? { ThreadState.current.meter }

    /// Whether the calling thread is in a dry run; values are good for nothing then.
    public static var isDryRun: Bool { current?.isDry ?? false }

    /// Runs `body` and counts what it makes.
    public func measure<Result, Trouble: Error>(
        _ body: () throws(Trouble) -> Result
    ) throws(Trouble) -> Result {
        let state = ThreadState.current
        let outer = state.meter
        state.meter = self
        defer { state.meter = outer }
        return try body()
    }

    /// Counts bytes that were taken or, where negative, given back.
    package func count(_ change: Int) {
        bytes += change
        peak = max(peak, bytes)
    }
}
