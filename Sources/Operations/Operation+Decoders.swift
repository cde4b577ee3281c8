import Foundation
import Kernels
import Testing

@testable import Tensors

/// The operations of language models.
extension OperationCase {
    static var decoders: [OperationCase] {
        [
            OperationCase("RMS norm", [Shape(2, 3, 8), Shape(8)]) {
                $0[0].normalizedRowsByRootMeanSquare(scale: Parameter($0[1]), epsilon: 1e-3, in: $1)
            } define: { x in
                (0..<6).flatMap { row in
                    let line = Array(x[0][row * 8..<(row + 1) * 8])
                    let root = (line.reduce(0) { $0 + $1 * $1 } / 8 + 1e-3).squareRoot()
                    return line.enumerated().map { $1 / root * x[1][$0] }
                }
            },
            OperationCase(
                "linear map of single rows", [Shape(7, 5), .panels(5, 37), Shape(37), Shape(7, 37)]
            ) {
                $0[0].mapped(by: Parameter($0[1], columns: 37), bias: Parameter($0[2]), adding: $0[3], in: $1)
            } define: { x in
                (0..<7 * 37).map { (place: Int) -> Double in
                    let (row, column) = (place / 37, place % 37)
                    let start = x[2][column] + x[3][place]
                    return (0..<5).reduce(start) {
                        $0 + x[0][row * 5 + $1] * x[1][panelPlace($1, column, depth: 5)]
                    }
                }
            },
            OperationCase("map of single rows by a table's", [Shape(5, 19), Shape(6, 19)]) {
                $0[0].mapped(byRowsOf: Parameter($0[1]), in: $1)
            } define: { x in
                (0..<30).map { (place: Int) -> Double in
                    let (row, column) = (place / 6, place % 6)
                    return (0..<19).reduce(0.0) { $0 + x[0][row * 19 + $1] * x[1][column * 19 + $1] }
                }
            },
            rotation, relativeBias, classes,
            grouped("grouped attention", AttentionMask(isCausal: true), hasBias: false),
            grouped(
                "grouped attention with mask and bias",
                AttentionMask(isCausal: true, window: 3, visible: [0..<4, 2..<5]), hasBias: true),
            context("grouped attention to a context", visible: nil, hasBias: true),
            context(
                "grouped attention to contexts of several lengths", visible: [1..<7, 0..<3], hasBias: false),
        ]
    }

    /// Two sequences of three tokens; of the four heads the first three are turned.
    private static var rotation: OperationCase {
        let angles = (0..<6).map { Double($0) / 3 - 0.5 }
        return OperationCase("rotation of heads", [Shape(2, 3, 16)]) { x, workspace in
            x[0].rotated(
                heads: 3, headWidth: 4,
                cosines: workspace.tensor(Shape(3, 2), angles.map { Float(cos($0)) }),
                sines: workspace.tensor(Shape(3, 2), angles.map { Float(sin($0)) }), in: workspace)
        } define: { x in
            (0..<96).map { (place: Int) -> Double in
                let (token, column) = (place / 16 % 3, place % 16)
                guard column < 12 else { return x[0][place] }
                let angle = angles[token * 2 + column % 2]
                let other = column % 4 < 2 ? -x[0][place + 2] : x[0][place - 2]
                return x[0][place] * cos(angle) + other * sin(angle)
            }
        }
    }

    private static var relativeBias: OperationCase {
        let rows = [0, 1, 2, 1, 0, 1]
        return OperationCase("relative bias", [Shape(3, 2)]) {
            Tensor.relativeBias(Parameter($0[0]), rows: rows, queries: 2, keys: 3, in: $1)
        } define: { x in
            (0..<12).map { (place: Int) -> Double in x[0][rows[place % 6] * 2 + place / 6] }
        }
    }

    /// The loss of a language model: the rows that have a next token, and their classes.
    private static var classes: OperationCase {
        let (rows, wanted) = ([0, 1, 3], [2, 0, 4])
        return OperationCase("cross-entropy of chosen rows", [Shape(5, 6)]) {
            $0[0].rows(rows, in: $1).crossEntropy(classes: wanted, in: $1)
        } define: { x in
            let losses = zip(rows, wanted).map { (row: Int, wanted: Int) -> Double in
                let line = x[0][row * 6..<row * 6 + 6]
                return log(line.map(exp).reduce(0, +)) - line[row * 6 + wanted]
            }
            return [losses.reduce(0, +) / 3]
        }
    }

    /// Four heads of width 2 in two groups, for two sequences of five tokens.
    private static func grouped(_ name: String, _ mask: AttentionMask, hasBias: Bool) -> OperationCase {
        OperationCase(name, [Shape(2, 5, 16)] + (hasBias ? [Shape(4, 5, 5)] : [])) {
            $0[0].attended(grouping, mask: mask, bias: hasBias ? $0[1] : nil, in: $1)
        } define: { x in
            attention(
                x[0], x[0], columns: (0, 8, 12), strides: (16, 16), (5, 5), mask, bias: x.dropFirst().first)
        }
    }

    private static func context(_ name: String, visible: [Range<Int>]?, hasBias: Bool) -> OperationCase {
        let mask = AttentionMask(visible: visible)
        return OperationCase(name, [Shape(2, 3, 8), Shape(2, 7, 8)] + (hasBias ? [Shape(4, 3, 7)] : [])) {
            $0[0].attending(to: $0[1], grouping, mask: mask, bias: hasBias ? $0[2] : nil, in: $1)
        } define: { x in
            attention(
                x[0], x[1], columns: (0, 0, 4), strides: (8, 8), (3, 7), mask, bias: x.dropFirst(2).first)
        }
    }

    private static let grouping = HeadGrouping(heads: 4, keyHeads: 2, headWidth: 2, scale: 0.8)

    private static func attention(
        _ x: [Double], _ context: [Double], columns: (Int, Int, Int), strides: (Int, Int),
        _ sizes: (queries: Int, keys: Int), _ mask: AttentionMask, bias: [Double]?
    ) -> [Double] {
        var out = [Double](repeating: 0, count: 2 * sizes.queries * 8)
        for place in 0..<2 * sizes.queries * 4 {
            let (row, head) = (place / 4, place % 4)
            let (sequence, query) = (row / sizes.queries, row % sizes.queries)
            var weights = [Double](repeating: 0, count: sizes.keys)
            for key in 0..<sizes.keys {
                if let visible = mask.visible, !visible[sequence].contains(key) { continue }
                if mask.isCausal, key > query || key <= query - (mask.window ?? 99) { continue }
                let q = row * strides.0 + columns.0 + head * 2
                let k = (sequence * sizes.keys + key) * strides.1 + columns.1 + head / 2 * 2
                let score = 0.8 * (x[q] * context[k] + x[q + 1] * context[k + 1])
                weights[key] = exp(score + (bias?[(head * sizes.queries + query) * sizes.keys + key] ?? 0))
            }
            let total = weights.reduce(0, +)
            for (key, weight) in weights.enumerated() where weight > 0 {
                let v = (sequence * sizes.keys + key) * strides.1 + columns.2 + head / 2 * 2
                out[row * 8 + head * 2] += weight / total * context[v]
                out[row * 8 + head * 2 + 1] += weight / total * context[v + 1]
            }
        }
        return out
    }
}
