import Kernels

extension Tensor {
    /// The sum of two tensors of one shape.
    public func adding(_ other: Tensor, in workspace: Workspace) -> Tensor {
        precondition(other.shape == shape, "a sum of \(shape) and \(other.shape)")
        let sum = workspace.tensor(shape)
        Kernels.add(base, other.base, into: sum.base, count: count)
        return sum
    }

    /// Adds a tensor of the same shape to this one, in place.
    public func add(_ other: Tensor) {
        precondition(other.shape == shape, "a sum of \(shape) and \(other.shape)")
        Kernels.add(base, other.base, into: base, count: count)
    }

    /// Adds to every row of each of the B blocks that block's row of `rows` [B, C], in place.
    public func addToRows(_ rows: Tensor) {
        precondition(
            rows.count == shape.batch * shape.channels, "rows of shape \(rows.shape) added to \(shape)")
        for block in 0..<shape.batch {
            let place = base + block * shape.rows * shape.channels
            Kernels.addToRows(
                place, rows.base + block * shape.channels, into: place, rows: shape.rows,
                columns: shape.channels)
        }
    }

    /// Adds to each of the B blocks the same `block`, such as position embeddings [T, C] to [B, T, C], in place.
    public func addToBlocks(_ block: [Float]) {
        precondition(block.count * shape.batch == count, "\(block.count) values added to blocks of \(shape)")
        for index in 0..<shape.batch {
            let place = base + index * block.count
            Kernels.add(place, block, into: place, count: block.count)
        }
    }

    /// factor·x + offset for every value x.
    public func scaled(by factor: Float, plus offset: Float = 0, in workspace: Workspace) -> Tensor {
        let result = workspace.tensor(shape)
        Kernels.scale(base, by: factor, plus: offset, into: result.base, count: count)
        return result
    }

    /// An activation of every value.
    public func activated(_ activation: Activation, in workspace: Workspace) -> Tensor {
        let result = workspace.tensor(shape)
        Kernels.activate(activation, base, into: result.base, count: count)
        return result
    }

    /// Replaces every value by its activation.
    public func activate(_ activation: Activation) {
        Kernels.activate(activation, base, into: base, count: count)
    }
}
