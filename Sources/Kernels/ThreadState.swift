import Foundation

/// What a thread keeps for itself: whether it is inside a parallel loop, what counts its memory, and scratch memory.
final class ThreadState {
    /// Whether a parallel loop runs on this thread, so that a loop inside it runs serially.
    var isInsideLoop = false
    /// What counts the tensors that this thread makes, if anything does.
    var meter: MemoryMeter?

    private var blocks: [UnsafeMutableRawBufferPointer] = []
    /// The block that lends, and the floats lent of it.
    private var top = (block: 0, used: 0)

    deinit { for block in blocks { block.deallocate() } }

    /// Lends `count` uninitialised floats to `body`; loans may nest, and the memory is kept for the next.
    func withScratch<Result>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        let before = top
        defer { top = before }
        return body(lend((count + 15) & ~15))
    }

    private func lend(_ count: Int) -> UnsafeMutablePointer<Float> {
        let size = MemoryLayout<Float>.stride
        while top.block < blocks.count, (top.used + count) * size > blocks[top.block].count {
            top = (top.block + 1, 0)
        }
        if top.block == blocks.count {
            let bytes = max(count, 1 << 14) * size
            blocks.append(.init(start: allocateAligned(byteCount: bytes), count: bytes))
        }
        guard let base = blocks[top.block].baseAddress else { preconditionFailure("scratch memory is empty") }
        defer { top.used += count }
        return (base + top.used * size).bindMemory(to: Float.self, capacity: count)
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

/// Lends `count` uninitialised floats of the calling thread's scratch memory to `body`; loans may nest.
func withScratch<Result>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
    ThreadState.current.withScratch(max(count, 1), body)
}
