import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Catalogs

struct LockTests {
    /// Each of several writers that always have more to write gets its turns.
    @Test func isFair() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("trial.lock")
        let (writers, turns) = (4, 100)
        let tally = Tally(writers, turns)
        for writer in 0..<writers {
            Thread.detachNewThread {
                let lock = WriteLock(path: path, catalog: "trial")
                while !tally.isOver {
                    _ = try? lock.hold {
                        usleep(1_000)
                        tally.count(writer)
                    }
                }
                tally.ended.signal()
            }
        }
        for _ in 0..<writers { tally.ended.wait() }
        #expect(tally.counts.min() ?? 0 >= turns / 10, "\(tally.counts)")
    }

    /// Who has had how many turns, until one has had all.
    private final class Tally: Sendable {
        let ended = DispatchSemaphore(value: 0)
        private let turns: Int
        private let state: Mutex<[Int]>

        init(_ writers: Int, _ turns: Int) {
            self.turns = turns
            state = Mutex(Array(repeating: 0, count: writers))
        }

        var counts: [Int] { state.withLock { $0 } }
        var isOver: Bool { counts.max() == turns }

        func count(_ writer: Int) {
            state.withLock { if $0.max() ?? 0 < turns { $0[writer] += 1 } }
        }
    }

    /// Who waits longer than it may says who writes, whether it is the next or further behind.
    @Test func namesTheHolder() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("trial.lock")
        let lock = WriteLock(path: path, catalog: "trial")
        try lock.hold {
            for _ in 0..<2 {
                let refused = failure {
                    try WriteLock(path: path, catalog: "trial").hold(seconds: 0.01) {}
                }
                #expect(refused?.kind == .catalogBusy)
                #expect(refused?.summary.contains("(process \(getpid())") == true)
            }
        }
        try WriteLock(path: path, catalog: "trial").hold(seconds: 0.01) {}
    }
}
