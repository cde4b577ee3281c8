import CVectors
import Foundation
import Synchronization

/// A loop under way: threads take its chunks in order, one after another.
///
/// Unchecked because `body` promises to write to disjoint places, as `parallelFor` demands of its caller.
private final class ParallelLoop: @unchecked Sendable {
    let body: (Int) -> Void
    let chunks: Int
    let next = Atomic<Int>(0)

    init(chunks: Int, body: @escaping (Int) -> Void) {
        self.chunks = chunks
        self.body = body
    }

    func run() {
        while true {
            let chunk = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard chunk < chunks else { return }
            body(chunk)
        }
    }
}

/// Threads that wait for loops to share; one loop runs at a time.
///
/// The loops of a small network follow each other within microseconds, in which no thread falls asleep and wakes again: so
/// helpers look out for the next loop for a while before they wait for it, and so does who waits for them.
///
/// Unchecked because every stored property but the locks and the atomic ones is read and written under `condition` alone.
final class ThreadPool: @unchecked Sendable {
    static let shared = ThreadPool()

    private let condition = NSCondition()
    private let turn = NSLock()
    private var loop: Unmanaged<ParallelLoop>?
    /// The number of loops so far; written under `condition`.
    private let generation = Atomic<Int>(0)
    /// How many helpers are at a loop; written under `condition`.
    private let helpersAtWork = Atomic<Int>(0)
    private var helpersWanted = 0
    private var helpersStarted = 0

    /// Runs `body` on every chunk with up to `threads` threads; false, with nothing run, where the pool is busy.
    func run(chunks: Int, threads: Int, body: (Int) -> Void) -> Bool {
        guard turn.try() else { return false }
        defer { turn.unlock() }
        withoutActuallyEscaping(body) { body in
            let loop = ParallelLoop(chunks: chunks, body: body)
            // A helper borrows the loop and never owns it: `body` must not outlive this call.
            withExtendedLifetime(loop) {
                open(.passUnretained(loop), helpers: min(threads, chunks) - 1)
                let state = ThreadState.current
                state.isInsideLoop = true
                loop.run()
                state.isInsideLoop = false
                close()
            }
        }
        return true
    }

    private func open(_ loop: Unmanaged<ParallelLoop>, helpers: Int) {
        condition.lock()
        while helpersStarted < helpers {
            let index = helpersStarted
            let thread = Thread { self.help(index) }
            thread.name = "figment-\(index + 1)"
            thread.stackSize = 4 << 20
            thread.start()
            helpersStarted += 1
        }
        self.loop = loop
        helpersWanted = helpers
        generation.add(1, ordering: .releasing)
        condition.broadcast()
        condition.unlock()
    }

    /// Takes the loop back, so that a helper that wakes late finds none, and waits for those at work.
    private func close() {
        condition.lock()
        loop = nil
        condition.unlock()
        lookOut { helpersAtWork.load(ordering: .acquiring) == 0 }
        condition.lock()
        while helpersAtWork.load(ordering: .relaxed) > 0 { condition.wait() }
        condition.unlock()
    }

    private func help(_ index: Int) {
        ThreadState.current.isInsideLoop = true
        var seen = 0
        condition.lock()
        while true {
            let latest = generation.load(ordering: .relaxed)
            guard seen != latest, let loop, index < helpersWanted else {
                condition.wait()
                continue
            }
            seen = latest
            helpersAtWork.add(1, ordering: .relaxed)
            condition.unlock()
            loop._withUnsafeGuaranteedRef { $0.run() }
            condition.lock()
            if helpersAtWork.subtract(1, ordering: .releasing).newValue == 0 { condition.broadcast() }
            condition.unlock()
            lookOut { generation.load(ordering: .acquiring) != seen }
            condition.lock()
        }
    }

    /// Waits awake for some 20 µs, or until what is waited for has happened.
    private func lookOut(_ happened: () -> Bool) {
        for _ in 0..<1_000 {
            if happened() { return }
            figment_pause()
        }
    }
}
