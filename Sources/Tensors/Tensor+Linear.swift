import Kernels

extension Tensor {
    /// A linear map of the last dimension: [B, …, O] = x[B, …, I]·weight[I, O] + bias[O] + residual[B, …, O].
    public func mapped(
        by weight: Parameter, bias: Parameter, adding residual: Tensor? = nil, in workspace: Workspace
    ) -> Tensor {
        let (inputs, outputs) = (weight.panels.depth, weight.panels.columns)
        precondition(shape.channels == inputs, "a map of \(inputs) channels got \(shape)")
        let result = workspace.tensor(shape.with(channels: outputs))
        precondition(residual.map { $0.count == result.count } ?? true, "a residual of another shape")
        mapLinearly(
            base, weight: weight.panels, bias: bias.tensor.base,
            residual: residual.map { UnsafePointer($0.base) }, into: result.base,
            rows: shape.batch * shape.rows)
        guard let tape = workspace.tape, workspace.isFollowing(self, weight.tensor, bias.tensor, residual)
        else { return result }
        tape.record(result) { [self] gradient, tape in
            let rows = shape.batch * shape.rows
            if let (dx, addend) = tape.gradientToMake(of: self) {
                mapLinearly(
                    gradient.base, weight: weight.turned(places: 1), residual: addend, into: dx.base,
                    rows: rows)
            }
            if let dweight = tape.gradient(of: weight.tensor) {
                addWeightGradient(
                    base, gradient.base, into: dweight.base, rows: rows, inputs: inputs, outputs: outputs)
            }
            if let dbias = tape.gradient(of: bias.tensor) {
                addRows(gradient.base, into: dbias.base, rows: rows, columns: outputs)
            }
            if let residual { tape.give(gradient, to: residual) }
        }
        return result
    }

    /// A linear map whose matrix is stored as `table` [O, I], without bias: the logits of tied embeddings.
    public func mapped(byRowsOf table: Parameter, in workspace: Workspace) -> Tensor {
        let (outputs, inputs) = (table.tensor.shape[0], table.tensor.shape[1])
        precondition(shape.channels == inputs, "a map of \(inputs) channels got \(shape)")
        let result = workspace.tensor(shape.with(channels: outputs))
        result.fill(0)
        addProducts(
            base, withRowsOf: table.tensor.base, into: result.base, blocks: shape.batch, rows: shape.rows,
            inputs: inputs, outputs: outputs)
        guard let tape = workspace.tape, workspace.isFollowing(self, table.tensor) else { return result }
        tape.record(result) { [self] gradient, tape in
            let rows = shape.batch * shape.rows
            if let dx = tape.gradient(of: self) {
                addProduct(
                    gradient.base, by: table.tensor.base, into: dx.base, rows: rows, inputs: outputs,
                    outputs: inputs)
            }
            if let dtable = tape.gradient(of: table.tensor) {
                addTableGradient(
                    base, gradient.base, into: dtable.base, rows: rows, inputs: inputs, outputs: outputs)
            }
        }
        return result
    }
}
