import Foundation

/// What a thread keeps for itself: whether it is inside a parallel loop, and scratch memory.
final class ThreadState {
    /// Whether a parallel loop runs on this thread, so that a loop inside it runs serially.
    var isInsideLoop = false

    private var scratch = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1 << 14)
    private var scratchUsed = 0

    deinit { scratch.deallocate() }

    /// Lends `count` uninitialised floats to `body`; the memory is kept for the next loan.
    func withScratch<Result>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        precondition(scratchUsed == 0, "scratch memory was lent twice")
        if scratch.count < count {
            scratch.deallocate()
            scratch = .allocate(capacity: count)
        }
        guard let base = scratch.baseAddress else { preconditionFailure("scratch memory is empty") }
        scratchUsed = count
        defer { scratchUsed = 0 }
        return body(base)
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { state in
            if let state { Unmanaged<ThreadState>.fromOpaque(state).release() }
        }
        return key
    }()

    /// The state of the calling thread.
    static var current: ThreadState {
        if let known = pthread_getspecific(key) {
            return Unmanaged<ThreadState>.fromOpaque(known).takeUnretainedValue()
        }
        let state = ThreadState()
        pthread_setspecific(key, Unmanaged.passRetained(state).toOpaque())
        return state
    }
}

/// Lends `count` uninitialised floats of the calling thread's scratch memory to `body`; loans do not nest.
func withScratch<Result>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
    ThreadState.current.withScratch(max(count, 1), body)
}
