import Catalogs
import Foundation

/// Prolongs a worker's claims while it is at work on a batch, however long that takes.
///
/// It has a thread and a connection of its own, and writes under the same lock as everyone. A beat that fails is
/// left out: claims are a courtesy, and the next beat comes long before they end.
final class Heartbeat {
    private let isOver = DispatchSemaphore(value: 0)
    private let hasEnded = DispatchSemaphore(value: 0)

    /// Begins to beat.
    ///
    /// - Parameters:
    ///   - owner: whose claims are prolonged.
    ///   - path: the catalog.
    ///   - seconds: the time between beats, by a clock that does not jump.
    init(of owner: String, on path: String, every seconds: Double = Double(Claims.lease) / 5_000) {
        Thread.detachNewThread { [isOver, hasEnded] in
            var catalog: Catalog?
            while isOver.wait(timeout: .now() + seconds) == .timedOut {
                do {
                    let open = try catalog ?? Catalog.open(at: path)
                    catalog = open
                    try Claims(owner: owner).prolong(in: open)
                } catch {
                    catalog = nil
                }
            }
            catalog = nil
            hasEnded.signal()
        }
    }

    /// Stops; when it returns, nothing is written any more.
    func end() {
        isOver.signal()
        hasEnded.wait()
    }
}
