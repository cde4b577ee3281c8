/// Memory for the tensors of one computation, used like a stack and kept for the next.
///
/// The first run of a network sizes the workspace; later runs of the same shapes allocate nothing. One thread at a
/// time uses a workspace; `WorkspacePool` has one for each.
public final class Workspace {
    private var blocks: [Storage] = []
    /// The block in use and the floats taken of it.
    private var top = Mark(block: 0, used: 0)
    /// What notes the operations for their gradients; nil where nobody asks for any.
    public var tape: Tape?
    /// Whether operations leave their inputs as they are although no tape is in use: what follows is computed again.
    var keepsInputs = false
    private static let blockSize = 1 << 20

    /// A height of the stack.
    struct Mark {
        var block: Int
        var used: Int
    }

    /// Makes an empty workspace.
    public init() {}

    /// How high the stack is.
    var mark: Mark { top }

    /// Releases every tensor made since the stack was of a height.
    func release(to mark: Mark) { top = mark }

    /// The bytes the workspace holds.
    public var byteCount: Int { blocks.reduce(0) { $0 + $1.capacity } * MemoryLayout<Float>.stride }

    /// A tensor with whatever values the memory had, good until the scope that it is made in ends.
    public func tensor(_ shape: Shape) -> Tensor {
        let size = (shape.count + 15) & ~15
        while top.block < blocks.count, top.used + size > blocks[top.block].capacity {
            top = Mark(block: top.block + 1, used: 0)
        }
        if top.block == blocks.count { blocks.append(Storage(capacity: max(size, Self.blockSize))) }
        defer { top.used += size }
        return Tensor(blocks[top.block], offset: top.used, shape: shape)
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
        let start = top
        let noted = tape?.count
        let result: Tensor
        do {
            result = try body()
        } catch {
            top = start
            throw error
        }
        if tape?.count != noted { return result }
        let block = blocks.firstIndex { $0 === result.storage }
        top = start
        guard let block, (block, result.offset) >= (start.block, start.used) else { return result }
        // The place is no later on the stack than the result was made, so an overlapping move is all it takes.
        let kept = tensor(result.shape)
        kept.set(result)
        return kept
    }

    /// Runs `body` and releases every tensor made in it; its result must hold none of them.
    public func temporarily<Result, Trouble: Error>(
        _ body: () throws(Trouble) -> Result
    ) throws(Trouble) -> Result {
        let start = top
        defer { top = start }
        return try body()
    }
}
