import Kernels

/// Heads of queries, the heads of keys and values that groups of them share, and what their scores are multiplied by.
public struct HeadGrouping: Hashable, Sendable {
    /// Heads N of queries, heads M of keys and values, and their width D.
    public let heads, keyHeads, headWidth: Int
    /// The factor of the scores.
    public let scale: Float

    /// Describes a grouping; the scale is 1 / √D where none is given.
    public init(heads: Int, keyHeads: Int, headWidth: Int, scale: Float? = nil) {
        self.heads = heads
        self.keyHeads = keyHeads
        self.headWidth = headWidth
        self.scale = scale ?? 1 / Float(headWidth).squareRoot()
    }
}

/// Which keys a query sees.
public struct AttentionMask: Hashable, Sendable {
    /// Whether only those up to its own place, and how many of these at most.
    public let isCausal: Bool, window: Int?
    /// The keys that each sequence has; nil where all have all.
    public let visible: [Range<Int>]?

    /// Describes a mask; without arguments it hides nothing.
    public init(isCausal: Bool = false, window: Int? = nil, visible: [Range<Int>]? = nil) {
        self.isCausal = isCausal
        self.window = window
        self.visible = visible
    }
}

extension Tensor {
    /// Attention of tokens to themselves: [B, T, N·D] of queries, keys and values side by side [B, T, (N + 2M)·D].
    ///
    /// `bias` [N, T, T] is added to the scores of all sequences.
    public func attended(
        _ grouping: HeadGrouping, mask: AttentionMask, bias: Tensor? = nil, in workspace: Workspace
    ) -> Tensor {
        let (inner, keyInner) = (
            grouping.heads * grouping.headWidth, grouping.keyHeads * grouping.headWidth
        )
        return attending(
            to: self, keyColumn: inner, valueColumn: inner + keyInner, grouping, mask: mask, bias: bias,
            in: workspace)
    }

    /// Attention of queries [B, T, N·D] to a context's keys and values side by side [B, S, 2·M·D].
    ///
    /// `bias` [N, T, S] is added to the scores of all sequences.
    public func attending(
        to context: Tensor, _ grouping: HeadGrouping, mask: AttentionMask, bias: Tensor? = nil,
        in workspace: Workspace
    ) -> Tensor {
        attending(
            to: context, keyColumn: 0, valueColumn: grouping.keyHeads * grouping.headWidth, grouping,
            mask: mask,
            bias: bias, in: workspace)
    }

    private func attending(
        to context: Tensor, keyColumn: Int, valueColumn: Int, _ grouping: HeadGrouping, mask: AttentionMask,
        bias: Tensor?, in workspace: Workspace
    ) -> Tensor {
        let (inner, keyInner) = (
            grouping.heads * grouping.headWidth, grouping.keyHeads * grouping.headWidth
        )
        precondition(
            context.shape.batch == shape.batch && shape.channels >= inner
                && context.shape.channels == valueColumn + keyInner,
            "\(grouping) of \(shape) and \(context.shape)")
        precondition(
            bias.map { $0.count == grouping.heads * shape.rows * context.shape.rows } ?? true,
            "a bias of another shape")
        let attention = GroupedAttention(
            queries: shape.rows, keys: context.shape.rows, heads: grouping.heads,
            keyHeads: grouping.keyHeads, headWidth: grouping.headWidth, scale: grouping.scale,
            queryStride: shape.channels, keyStride: context.shape.channels, isCausal: mask.isCausal,
            window: mask.window, visible: mask.visible)
        let result = workspace.tensor(shape.with(channels: inner))
        attend(
            queries: base, keys: context.base + keyColumn, values: context.base + valueColumn,
            bias: bias.map { UnsafePointer($0.base) }, into: result.base, batch: shape.batch,
            shape: attention)
        guard let tape = workspace.tape, workspace.isFollowing(self, context, bias) else { return result }
        tape.record(result) { [self] gradient, tape in
            let dcontext = tape.gradient(of: context)?.base
            attendBack(
                queries: base, keys: context.base + keyColumn, values: context.base + valueColumn,
                bias: bias.map { UnsafePointer($0.base) }, gradient: gradient.base,
                into: AttentionGradients(
                    queries: tape.gradient(of: self)?.base, keys: dcontext.map { $0 + keyColumn },
                    values: dcontext.map { $0 + valueColumn }),
                dbias: bias.flatMap { tape.gradient(of: $0)?.base }, batch: shape.batch, shape: attention)
        }
        return result
    }

    /// The bias [N, T, S] that a table [K, N] has for each head and each of T × S pairs of a query and a key.
    ///
    /// `rows` names the pair's row of the table, T·S of them.
    public static func relativeBias(
        _ table: Parameter, rows: [Int], queries: Int, keys: Int, in workspace: Workspace
    ) -> Tensor {
        let (count, heads) = (table.tensor.shape[0], table.tensor.shape[1])
        precondition(
            rows.count == queries * keys && rows.allSatisfy { (0..<count).contains($0) },
            "\(rows.count) places for \(queries) × \(keys)")
        let result = workspace.tensor(Shape(heads, queries, keys))
        lookUpBias(table.tensor.base, rows: rows, into: result.base, heads: heads)
        guard let tape = workspace.tape, workspace.isFollowing(table.tensor) else { return result }
        tape.record(result) { gradient, tape in
            guard let dtable = tape.gradient(of: table.tensor) else { return }
            lookUpBiasBack(gradient.base, rows: rows, into: dtable.base, heads: heads)
        }
        return result
    }

    /// Every token's first `heads` heads turned by the token's angles; the other columns as they are.
    ///
    /// `cosines` and `sines` [T, D/2] serve all sequences of [B, T, C] where they have T rows, or have B·T rows. May
    /// write over this tensor.
    public func rotated(
        heads: Int, headWidth: Int, cosines: Tensor, sines: Tensor, in workspace: Workspace
    ) -> Tensor {
        let (total, width) = (shape.batch * shape.rows, shape.channels)
        let rows = cosines.count / (headWidth / 2)
        precondition(
            width >= heads * headWidth && headWidth % 2 == 0 && cosines.count == sines.count
                && (rows == shape.rows || rows == total),
            "\(heads) heads of \(shape) turned by \(cosines.shape)")
        func rotate(_ x: Tensor, _ out: Tensor, direction: Float) {
            for block in 0..<total / rows {
                let place = block * rows * width
                rotateHeads(
                    x.base + place, cosines: cosines.base, sines: sines.base, direction: direction,
                    into: out.base + place, rows: rows, width: width, heads: heads, headWidth: headWidth)
            }
        }
        let result = workspace.tensor(over: self)
        rotate(self, result, direction: 1)
        guard let tape = workspace.tape, workspace.isFollowing(self) else { return result }
        tape.record(result) { [self] gradient, tape in
            // The gradient is this step's own; it is turned where it stands.
            rotate(gradient, gradient, direction: -1)
            tape.give(gradient, to: self)
        }
        return result
    }
}
