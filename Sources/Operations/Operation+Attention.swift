import Foundation
import Kernels
import Tensors

/// Attention, to oneself and to others.
extension Operation {
    /// Two sequences, each head with keys of its own.
    static func selfAttention(tokens: Int, heads: Int, headWidth: Int, isCausal: Bool = false) -> Operation {
        let width = heads * headWidth
        let own = HeadGrouping(heads: heads, keyHeads: heads, headWidth: headWidth)
        return Operation(
            isCausal ? "causal attention" : "self-attention", [Shape(2, tokens, 3 * width)],
            products: 4 * tokens * tokens * width
        ) {
            $0[0].attended(heads: heads, headWidth: headWidth, isCausal: isCausal, in: $1)
        } define: {
            attention(
                $0[0], $0[0], own, AttentionMask(isCausal: isCausal),
                columns: (0, width, 2 * width), widths: (3 * width, 3 * width))
        }
    }

    /// Two sequences that attend to one each, whose rows hold keys and values.
    static func contextAttention(queries: Int, keys: Int, heads: Int, headWidth: Int) -> Operation {
        let width = heads * headWidth
        let own = HeadGrouping(heads: heads, keyHeads: heads, headWidth: headWidth)
        return Operation(
            "attention to \(keys) tokens", [Shape(2, queries, width), Shape(2, keys, 2 * width)],
            products: 4 * queries * keys * width
        ) {
            $0[0].attending(to: $0[1], heads: heads, headWidth: headWidth, in: $1)
        } define: {
            attention(
                $0[0], $0[1], own, AttentionMask(), columns: (0, 0, width), widths: (width, 2 * width))
        }
    }

    /// Two sequences, whose heads share keys and values in groups.
    static func groupedAttention(
        tokens: Int, _ grouping: HeadGrouping, _ mask: AttentionMask = AttentionMask(isCausal: true),
        hasBias: Bool = false
    ) -> Operation {
        let (width, own) = (grouping.heads * grouping.headWidth, grouping.keyHeads * grouping.headWidth)
        let row = width + 2 * own
        return Operation(
            hasBias ? "grouped attention with mask and bias" : "grouped attention",
            [Shape(2, tokens, row)] + (hasBias ? [Shape(grouping.heads, tokens, tokens)] : []),
            products: 4 * tokens * tokens * width
        ) {
            $0[0].attended(grouping, mask: mask, bias: hasBias ? $0[1] : nil, in: $1)
        } define: { x in
            attention(
                x[0], x[0], grouping, mask, columns: (0, width, width + own), widths: (row, row),
                bias: x.dropFirst().first)
        }
    }

    /// Two sequences that attend to one each, in groups of heads.
    static func groupedContextAttention(
        _ name: String, queries: Int, keys: Int, _ grouping: HeadGrouping, visible: [Range<Int>]?,
        hasBias: Bool
    ) -> Operation {
        let mask = AttentionMask(visible: visible)
        let (width, own) = (grouping.heads * grouping.headWidth, grouping.keyHeads * grouping.headWidth)
        return Operation(
            name,
            [Shape(2, queries, width), Shape(2, keys, 2 * own)]
                + (hasBias ? [Shape(grouping.heads, queries, keys)] : []),
            products: 4 * queries * keys * width
        ) {
            $0[0].attending(to: $0[1], grouping, mask: mask, bias: hasBias ? $0[2] : nil, in: $1)
        } define: { x in
            attention(
                x[0], x[1], grouping, mask, columns: (0, 0, own), widths: (width, 2 * own),
                bias: x.dropFirst(2).first)
        }
    }

    /// Attention of two sequences by definition.
    ///
    /// - Parameters:
    ///   - columns: where queries begin in a row of `x`, and keys and values in one of `context`.
    ///   - widths: how wide rows of `x` and of `context` are.
    private static func attention(
        _ x: [Double], _ context: [Double], _ grouping: HeadGrouping, _ mask: AttentionMask,
        columns: (queries: Int, keys: Int, values: Int), widths: (queries: Int, keys: Int),
        bias: [Double]? = nil
    ) -> [Double] {
        let (queries, keys) = (x.count / (2 * widths.queries), context.count / (2 * widths.keys))
        let (width, shared) = (grouping.headWidth, grouping.heads / grouping.keyHeads)
        let scale = Double(grouping.scale)
        var out = [Double](repeating: 0, count: 2 * queries * grouping.heads * width)
        for place in 0..<2 * queries * grouping.heads {
            let (row, head) = (place / grouping.heads, place % grouping.heads)
            let (sequence, query) = (row / queries, row % queries)
            var weights = [Double](repeating: 0, count: keys)
            for key in 0..<keys {
                if let visible = mask.visible, !visible[sequence].contains(key) { continue }
                if mask.isCausal, key > query || key <= query - (mask.window ?? keys) { continue }
                let q = row * widths.queries + columns.queries + head * width
                let k = (sequence * keys + key) * widths.keys + columns.keys + head / shared * width
                var score = 0.0
                for column in 0..<width { score += x[q + column] * context[k + column] }
                weights[key] = exp(scale * score + (bias?[(head * queries + query) * keys + key] ?? 0))
            }
            let total = weights.reduce(0, +)
            for (key, weight) in weights.enumerated() where weight > 0 {
                let v = (sequence * keys + key) * widths.keys + columns.values + head / shared * width
                for column in 0..<width {
                    out[place * width + column] += weight / total * context[v + column]
                }
            }
        }
        return out
    }
}
