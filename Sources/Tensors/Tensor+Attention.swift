import Kernels

extension Tensor {
    /// Attention of tokens to themselves: [B, …, N·D] of queries, keys and values side by side [B, …, 3·N·D].
    public func attended(
        heads: Int, headWidth: Int, isCausal: Bool = false, in workspace: Workspace
    ) -> Tensor {
        let inner = heads * headWidth
        precondition(shape.channels == 3 * inner, "\(shape) for \(heads) heads of width \(headWidth)")
        let attention = AttentionShape(
            queries: shape.rows, keys: shape.rows, heads: heads, headWidth: headWidth, isCausal: isCausal,
            queryStride: 3 * inner, keyStride: 3 * inner)
        let result = workspace.tensor(shape.with(channels: inner))
        attend(
            queries: base, keys: base + inner, values: base + 2 * inner, into: result.base,
            batch: shape.batch, shape: attention)
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            guard let dx = tape.gradient(of: self)?.base else { return }
            attendBack(
                queries: base, keys: base + inner, values: base + 2 * inner, gradient: gradient.base,
                into: AttentionGradients(queries: dx, keys: dx + inner, values: dx + 2 * inner),
                batch: shape.batch, shape: attention)
        }
        return result
    }

    /// Attention of queries [B, …, N·D] to a context's keys and values side by side [B, S, 2·N·D].
    public func attending(
        to context: Tensor, heads: Int, headWidth: Int, in workspace: Workspace
    ) -> Tensor {
        let inner = heads * headWidth
        precondition(
            context.shape.batch == shape.batch && shape.channels == inner
                && context.shape.channels == 2 * inner, "\(context.shape) is no context of \(shape)")
        let attention = AttentionShape(
            queries: shape.rows, keys: context.shape.rows, heads: heads, headWidth: headWidth,
            keyStride: 2 * inner)
        let result = workspace.tensor(shape)
        attend(
            queries: base, keys: context.base, values: context.base + inner, into: result.base,
            batch: shape.batch, shape: attention)
        guard let tape = workspace.tape, workspace.isFollowing(self, context) else { return result }
        tape.record(result) { [self] gradient, tape in
            let dcontext = tape.gradient(of: context)?.base
            attendBack(
                queries: base, keys: context.base, values: context.base + inner, gradient: gradient.base,
                into: AttentionGradients(
                    queries: tape.gradient(of: self)?.base, keys: dcontext,
                    values: dcontext.map { $0 + inner }), batch: shape.batch, shape: attention)
        }
        return result
    }
}
