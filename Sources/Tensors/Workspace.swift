/// Memory for the tensors of one computation, used like a stack and kept for the next.
///
/// The first run of a network makes the workspace as large as it needs to be; later runs of the same shapes allocate
/// nothing. The stack is one stretch of addresses, so that it never takes more memory than the tensors that are there at
/// once. One thread at a time uses a workspace; `WorkspacePool` has one for each.
public final class Workspace {
    private let stack = Storage(growing: ())
    /// How high the stack is, in floats: where the next tensor begins.
    private(set) var mark = 0
    /// What notes the operations for their gradients; nil where nobody asks for any.
    public var tape: Tape?
    /// The tape that is to note what follows when that is computed again; until then operations leave their inputs as
    /// they are.
    var pausedTape: Tape?

    /// Makes an empty workspace.
    public init() {}

    /// Releases every tensor made since the stack was of a height.
    func release(to mark: Int) { self.mark = mark }

    /// The most bytes that tensors of the workspace took at once.
    public var byteCount: Int { stack.used * MemoryLayout<Float>.stride }

    /// A tensor with whatever values the memory had, good until the scope that it is made in ends.
    public func tensor(_ shape: Shape) -> Tensor {
        let start = mark
        mark += (shape.count + 15) & ~15
        stack.use(mark)
        return Tensor(stack, offset: start, shape: shape)
    }

    /// A tensor with the values given.
    public func tensor(_ shape: Shape, _ values: [Float]) -> Tensor {
        let tensor = tensor(shape)
        tensor.set(values)
        return tensor
    }

    /// Runs `body` and releases every tensor made in it but the one it returns, which stays for the outer scope.
    ///
    /// Where the tape noted something, all tensors stay until the outermost scope ends, for the way back.
    public func scope<Trouble: Error>(_ body: () throws(Trouble) -> Tensor) throws(Trouble) -> Tensor {
        try settling(at: mark, body)
    }

    /// Runs `body` on a tensor that nobody reads afterwards: the result takes its place, where it was the last one made.
    ///
    /// Where gradients are asked for it stays, as in any scope.
    public func replacing<Trouble: Error>(
        _ x: Tensor, _ body: (Tensor) throws(Trouble) -> Tensor
    ) throws(Trouble) -> Tensor {
        let isLast = x.storage === stack && x.offset + (x.count + 15) & ~15 == mark
        let isFree = isLast && tape == nil && pausedTape == nil
        return try settling(at: isFree ? x.offset : mark) { () throws(Trouble) in try body(x) }
    }

    /// Runs `body` and leaves of what was made since the stack was `start` high but the result, unless a tape noted
    /// something.
    private func settling<Trouble: Error>(
        at start: Int, _ body: () throws(Trouble) -> Tensor
    ) throws(Trouble) -> Tensor {
        let before = mark
        let noted = tape?.count
        let result: Tensor
        do {
            result = try body()
        } catch {
            mark = before
            throw error
        }
        if tape?.count != noted { return result }
        mark = start
        guard result.storage === stack, result.offset >= start else { return result }
        // The place is no later on the stack than the result was made, so an overlapping move is all it takes.
        let kept = tensor(result.shape)
        if kept.offset != result.offset { kept.set(result) }
        return kept
    }

    /// Runs `body` and releases every tensor made in it; its result must hold none of them.
    public func temporarily<Result, Trouble: Error>(
        _ body: () throws(Trouble) -> Result
    ) throws(Trouble) -> Result {
        let start = mark
        defer { mark = start }
        return try body()
    }
}
