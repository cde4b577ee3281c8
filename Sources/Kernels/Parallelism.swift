import Foundation
import Synchronization

/// How many threads share the engine's loops.
public enum Parallelism {
    private static let count = Atomic<Int>(ProcessInfo.processInfo.activeProcessorCount)

    /// The number of threads, at first that of the processors; no result depends on it.
    public static var threadCount: Int {
        get { count.load(ordering: .relaxed) }
        set {
            precondition(newValue > 0, "a loop needs a thread")
            count.store(newValue, ordering: .relaxed)
        }
    }
}

/// Runs `body` on 0 ..< `count`, cut into ranges of `chunk`, on several threads at once.
///
/// Where the ranges are cut depends on `count` and `chunk` alone, so what is computed in each never depends on the
/// thread count. The calls must write to disjoint places. A loop inside a loop runs serially on its own thread, and
/// so does one that starts while another thread's is under way, or one whose `work` (about how many multiplications
/// all calls make together) is not worth waking threads for. In a dry run nothing is run.
public func parallelFor(_ count: Int, chunk: Int = 1, work: Int = .max, _ body: (Range<Int>) -> Void) {
    precondition(count >= 0 && chunk > 0, "a loop of \(count) in chunks of \(chunk)")
    let state = ThreadState.current
    guard state.meter?.isDry != true else { return }
    let chunks = (count + chunk - 1) / chunk
    let threads = Parallelism.threadCount
    if chunks > 1, threads > 1, work >= leastSharedWork, !state.isInsideLoop {
        let done = ThreadPool.shared.run(chunks: chunks, threads: threads) { index in
            body(index * chunk..<min((index + 1) * chunk, count))
        }
        if done { return }
    }
    for start in stride(from: 0, to: count, by: chunk) { body(start..<min(start + chunk, count)) }
}

/// Some 20 µs of matrix product: less is done before another thread is awake.
private let leastSharedWork = 1 << 20
