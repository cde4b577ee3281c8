import Kernels

extension Tensor {
    /// Layer normalization of every row of [B, …, C].
    public func normalizedRows(
        scale: Parameter, shift: Parameter, epsilon: Float, in workspace: Workspace
    ) -> Tensor {
        precondition(
            scale.tensor.count == shape.channels,
            "a norm of \(scale.tensor.count) channels got \(shape)")
        let result = workspace.tensor(shape)
        let rows = shape.batch * shape.rows
        normalizeRows(
            base, scale: scale.tensor.base, shift: shift.tensor.base, epsilon: epsilon, into: result.base,
            rows: rows, columns: shape.channels)
        guard let tape = workspace.tape, workspace.isFollowing(self, scale.tensor, shift.tensor) else {
            return result
        }
        tape.record(result) { [self] gradient, tape in
            normalizeRowsBack(
                base, gradient.base, scale: scale.tensor.base, epsilon: epsilon,
                dx: tape.gradient(of: self)?.base, dscale: tape.gradient(of: scale.tensor)?.base,
                dshift: tape.gradient(of: shift.tensor)?.base, rows: rows, columns: shape.channels)
        }
        return result
    }

    /// Every row of [B, …, C] scaled to a mean square of one (RMS norm).
    public func normalizedRowsByRootMeanSquare(
        scale: Parameter, epsilon: Float, in workspace: Workspace
    ) -> Tensor {
        precondition(
            scale.tensor.count == shape.channels,
            "a norm of \(scale.tensor.count) channels got \(shape)")
        let result = workspace.tensor(shape)
        let rows = shape.batch * shape.rows
        normalizeRowsByRootMeanSquare(
            base, scale: scale.tensor.base, epsilon: epsilon, into: result.base, rows: rows,
            columns: shape.channels)
        guard let tape = workspace.tape, workspace.isFollowing(self, scale.tensor) else { return result }
        tape.record(result) { [self] gradient, tape in
            normalizeRowsByRootMeanSquareBack(
                base, gradient.base, scale: scale.tensor.base, epsilon: epsilon,
                dx: tape.gradient(of: self)?.base, dscale: tape.gradient(of: scale.tensor)?.base, rows: rows,
                columns: shape.channels)
        }
        return result
    }

    /// Group normalization of [B, …, C]; `silu` applies x·σ(x) to the result in the same pass.
    public func normalizedGroups(
        _ groups: Int, scale: Parameter, shift: Parameter, epsilon: Float, silu: Bool, in workspace: Workspace
    ) -> Tensor {
        precondition(
            scale.tensor.count == shape.channels,
            "a norm of \(scale.tensor.count) channels got \(shape)")
        let result = workspace.tensor(shape)
        normalizeGroups(
            base, scale: scale.tensor.base, shift: shift.tensor.base, epsilon: epsilon, groups: groups,
            silu: silu, into: result.base, batch: shape.batch, pixels: shape.rows, channels: shape.channels)
        guard let tape = workspace.tape, workspace.isFollowing(self, scale.tensor, shift.tensor) else {
            return result
        }
        tape.record(result) { [self] gradient, tape in
            normalizeGroupsBack(
                base, gradient.base, scale: scale.tensor.base, shift: shift.tensor.base, epsilon: epsilon,
                groups: groups, silu: silu, dx: tape.gradient(of: self)?.base,
                dscale: tape.gradient(of: scale.tensor)?.base,
                dshift: tape.gradient(of: shift.tensor)?.base, batch: shape.batch, pixels: shape.rows,
                channels: shape.channels)
        }
        return result
    }
}
