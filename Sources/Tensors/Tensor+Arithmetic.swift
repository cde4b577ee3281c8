import Kernels

extension Tensor {
    /// The sum of two tensors of one shape.
    public func adding(_ other: Tensor, in workspace: Workspace) -> Tensor {
        precondition(other.shape == shape, "a sum of \(shape) and \(other.shape)")
        let sum = workspace.tensor(shape)
        Kernels.add(base, other.base, into: sum.base, count: count)
        guard let tape = workspace.tape, workspace.isFollowing(self, other) else { return sum }
        tape.record(sum) { [self] gradient, tape in
            tape.give(gradient, to: self)
            tape.give(gradient, to: other)
        }
        return sum
    }

    /// Adds a tensor of the same shape to this one, in place and unnoticed by any tape.
    public func add(_ other: Tensor) {
        precondition(other.count == count, "a sum of \(shape) and \(other.shape)")
        Kernels.add(base, other.base, into: base, count: count)
    }

    /// Moves every value by a share of the way to that of another tensor, in place and unnoticed by any tape.
    public func approach(_ other: Tensor, by share: Float) {
        precondition(other.count == count, "\(shape) towards \(other.shape)")
        Kernels.scale(base, by: 1 - share, into: base, count: count)
        Kernels.addScaled(other.base, by: share, into: base, count: count)
    }

    /// Whether no value is NaN or infinite.
    public var isFinite: Bool { areFinite(base, count: count) }

    /// Every row of each of the B blocks with that block's row of `rows` [B, C] added; may write over this tensor.
    public func addingToRows(_ rows: Tensor, in workspace: Workspace) -> Tensor {
        precondition(
            rows.count == shape.batch * shape.channels, "rows of shape \(rows.shape) added to \(shape)")
        let result = workspace.tensor(over: self)
        for block in 0..<shape.batch {
            let place = block * shape.rows * shape.channels
            Kernels.addToRows(
                base + place, rows.base + block * shape.channels, into: result.base + place, rows: shape.rows,
                columns: shape.channels)
        }
        guard let tape = workspace.tape, workspace.isFollowing(self, rows) else { return result }
        tape.record(result) { [self] gradient, tape in
            if let drows = tape.gradient(of: rows) {
                addRows(
                    gradient.base, into: drows.base, blocks: shape.batch, rows: shape.rows,
                    columns: shape.channels)
            }
            tape.give(gradient, to: self)
        }
        return result
    }

    /// Each of the B blocks with the first rows of a table [V, C] added, such as position embeddings; may write over
    /// this tensor.
    public func addingToBlocks(_ table: Parameter, in workspace: Workspace) -> Tensor {
        let block = shape.rows * shape.channels
        precondition(
            table.tensor.shape.channels == shape.channels && table.tensor.count >= block,
            "a table of \(table.tensor.shape) added to blocks of \(shape)")
        let result = workspace.tensor(over: self)
        for index in 0..<shape.batch {
            Kernels.add(
                base + index * block, table.tensor.base, into: result.base + index * block, count: block)
        }
        guard let tape = workspace.tape, workspace.isFollowing(self, table.tensor) else { return result }
        tape.record(result) { [self] gradient, tape in
            if let dtable = tape.gradient(of: table.tensor) {
                addRows(gradient.base, into: dtable.base, rows: shape.batch, columns: block)
            }
            tape.give(gradient, to: self)
        }
        return result
    }

    /// factor·x + offset for every value x.
    public func scaled(by factor: Float, plus offset: Float = 0, in workspace: Workspace) -> Tensor {
        let result = workspace.tensor(shape)
        Kernels.scale(base, by: factor, plus: offset, into: result.base, count: count)
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            guard let dx = tape.gradient(of: self) else { return }
            Kernels.addScaled(gradient.base, by: factor, into: dx.base, count: count)
        }
        return result
    }

    /// An activation of every value; may write over this tensor.
    public func activated(_ activation: Activation, in workspace: Workspace) -> Tensor {
        let result = workspace.tensor(over: self)
        Kernels.activate(activation, base, into: result.base, count: count)
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            activateBack(activation, base, gradient.base, count: count)
            tape.give(gradient, to: self)
        }
        return result
    }

    /// One half of the channels gated by an activation of the other: [B, …, I] of [B, …, 2·I].
    public func gated(by activation: Activation, in workspace: Workspace) -> Tensor {
        let (rows, width) = (shape.batch * shape.rows, shape.channels / 2)
        let result = workspace.tensor(shape.with(channels: width))
        gate(by: activation, base, into: result.base, rows: rows, width: width)
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            guard let dx = tape.gradient(of: self) else { return }
            gateBack(by: activation, base, gradient.base, into: dx.base, rows: rows, width: width)
        }
        return result
    }

    /// Multiplies and then adds, x(1 + s) + t, with a row (s, t) [B, 2C] for each block; may write over this tensor.
    public func scaledAndShifted(by rows: Tensor, in workspace: Workspace) -> Tensor {
        precondition(
            rows.count == shape.batch * 2 * shape.channels, "\(rows.shape) scales and shifts \(shape)")
        let result = workspace.tensor(over: self)
        modulate(
            base, by: rows.base, into: result.base, batch: shape.batch, rows: shape.rows,
            columns: shape.channels)
        guard let tape = workspace.tape, workspace.isFollowing(self, rows) else { return result }
        tape.record(result) { [self] gradient, tape in
            modulateBack(
                base, by: rows.base, gradient.base, dx: tape.gradient(of: self)?.base,
                drows: tape.gradient(of: rows)?.base, batch: shape.batch, rows: shape.rows,
                columns: shape.channels)
        }
        return result
    }
}
