import Kernels

extension Tensor {
    /// Normalization of every channel of [B, …, C] with the mean and variance [C] given.
    public func normalizedChannels(
        scale: Parameter, shift: Parameter, mean: Tensor, variance: Tensor, epsilon: Float,
        in workspace: Workspace
    ) -> Tensor {
        normalizedChannels(
            scale: scale, shift: shift, mean: mean, variance: variance, epsilon: epsilon, isOwn: false,
            in: workspace)
    }

    /// Normalization of every channel of [B, …, C] with the batch's own mean and biased variance, which `observe` sees.
    ///
    /// They are good during its call alone.
    public func normalizedChannels(
        scale: Parameter, shift: Parameter, epsilon: Float, in workspace: Workspace,
        observe: (_ mean: Tensor, _ variance: Tensor) -> Void
    ) -> Tensor {
        let columns = shape.channels
        let (mean, variance) = (workspace.tensor(Shape(columns)), workspace.tensor(Shape(columns)))
        columnMoments(
            base, mean: mean.base, variance: variance.base, rows: shape.batch * shape.rows, columns: columns)
        observe(mean, variance)
        return normalizedChannels(
            scale: scale, shift: shift, mean: mean, variance: variance, epsilon: epsilon, isOwn: true,
            in: workspace)
    }

    private func normalizedChannels(
        scale: Parameter, shift: Parameter, mean: Tensor, variance: Tensor, epsilon: Float, isOwn: Bool,
        in workspace: Workspace
    ) -> Tensor {
        let (rows, columns) = (shape.batch * shape.rows, shape.channels)
        precondition(
            [scale.tensor, shift.tensor, mean, variance].allSatisfy { $0.count == columns },
            "a norm of \(scale.tensor.count) channels got \(shape)")
        let result = workspace.tensor(shape)
        let factor = workspace.tensor(Shape(columns))
        for column in 0..<columns {
            factor.base[column] = 1 / (variance.base[column] + epsilon).squareRoot()
        }
        normalizeColumns(
            base, mean: mean.base, factor: factor.base, scale: scale.tensor.base, shift: shift.tensor.base,
            into: result.base, rows: rows, columns: columns)
        guard let tape = workspace.tape, workspace.isFollowing(self, scale.tensor, shift.tensor) else {
            return result
        }
        tape.record(result) { [self] gradient, tape in
            workspace.temporarily {
                normalizeColumnsBack(
                    base, gradient.base, mean: mean.base, factor: factor.base, scale: scale.tensor.base,
                    isOwn: isOwn, sums: workspace.tensor(Shape(2, columns)).base,
                    dx: tape.gradient(of: self)?.base, dscale: tape.gradient(of: scale.tensor)?.base,
                    dshift: tape.gradient(of: shift.tensor)?.base, rows: rows, columns: columns)
            }
        }
        return result
    }
}
