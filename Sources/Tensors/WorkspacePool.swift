import Foundation
import Kernels

/// Workspaces for threads that run the same network side by side.
///
/// Unchecked because the list is read and written under the lock alone, and a workspace is with one thread at a time.
public final class WorkspacePool: @unchecked Sendable {
    private let lock = NSLock()
    private var idle: [Workspace] = []

    /// Makes an empty pool.
    public init() {}

    /// Lends a workspace to `body`; all tensors made in it are released, and the result must hold none of them.
    public func withWorkspace<Result, Trouble: Error>(
        _ body: (Workspace) throws(Trouble) -> Result
    ) throws(Trouble) -> Result {
        let workspace = lock.withLock { idle.popLast() } ?? Workspace()
        defer { lock.withLock { idle.append(workspace) } }
        return try workspace.temporarily { () throws(Trouble) in try body(workspace) }
    }

    /// Computes `count` results side by side, each on one thread with a workspace of its own.
    ///
    /// Of several failures the first in order is thrown. A result must hold no tensor of the workspace.
    public func map<Result, Trouble: Error>(
        _ count: Int, _ compute: (_ index: Int, Workspace) throws(Trouble) -> Result
    ) throws(Trouble) -> [Result] {
        if let meter = MemoryMeter.current, meter.isDry, count > 0 {
            return try dryMap(count, compute, meter)
        }
        var results = [Swift.Result<Result, Trouble>?](repeating: nil, count: count)
        results.withUnsafeMutableBufferPointer { results in
            parallelFor(count) { range in
                for index in range {
                    results[index] = withWorkspace { workspace in
                        Swift.Result { () throws(Trouble) in try compute(index, workspace) }
                    }
                }
            }
        }
        var values: [Result] = []
        values.reserveCapacity(count)
        for result in results {
            guard let result else { preconditionFailure("a loop left out an index") }
            values.append(try result.get())
        }
        return values
    }

    /// The first result for all, counted as if every thread had a workspace of its size.
    private func dryMap<Result, Trouble: Error>(
        _ count: Int, _ compute: (_ index: Int, Workspace) throws(Trouble) -> Result, _ meter: MemoryMeter
    ) throws(Trouble) -> [Result] {
        try withWorkspace { workspace throws(Trouble) in
            let result = try compute(0, workspace)
            let others = (min(count, Parallelism.threadCount) - 1) * workspace.byteCount
            meter.count(others)
            meter.count(-others)
            return [Result](repeating: result, count: count)
        }
    }
}
