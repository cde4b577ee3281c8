import Foundation

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
}
