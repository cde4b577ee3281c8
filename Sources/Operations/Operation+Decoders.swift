import Foundation
import Kernels
import Tensors

/// The operations of language models.
extension Operation {
    static var decoders: [Operation] {
        [
            rootMeanSquareNorm(rows: 3, width: 8), linear(rows: 3, depth: 5, columns: 37),
            tableMap("map of single rows by a table's", Shape(5, 19), columns: 6),
            rotation, relativeBias, classes,
            groupedAttention(tokens: 5, grouping),
            groupedAttention(
                tokens: 5, grouping, AttentionMask(isCausal: true, window: 3, visible: [0..<4, 2..<5]),
                hasBias: true),
            groupedContextAttention(
                "grouped attention to a context", queries: 3, keys: 7, grouping, visible: nil, hasBias: true),
            groupedContextAttention(
                "grouped attention to contexts of several lengths", queries: 3, keys: 7, grouping,
                visible: [1..<7, 0..<3], hasBias: false),
        ]
    }

    /// Two sequences of three tokens; of the four heads the first three are turned.
    private static var rotation: Operation {
        let angles = (0..<6).map { Double($0) / 3 - 0.5 }
        return Operation("rotation of heads", [Shape(2, 3, 16)]) { x, workspace in
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

    private static var relativeBias: Operation {
        let rows = [0, 1, 2, 1, 0, 1]
        return Operation("relative bias", [Shape(3, 2)]) {
            Tensor.relativeBias(Parameter($0[0]), rows: rows, queries: 2, keys: 3, in: $1)
        } define: { x in
            (0..<12).map { (place: Int) -> Double in x[0][rows[place % 6] * 2 + place / 6] }
        }
    }

    /// The loss of a language model: the rows that have a next token, and their classes.
    private static var classes: Operation {
        let (rows, wanted) = ([0, 1, 3], [2, 0, 4])
        return Operation("cross-entropy of chosen rows", [Shape(5, 6)]) {
            $0[0].rows(rows, in: $1).crossEntropy(classes: wanted, in: $1)
        } define: { x in
            let losses = zip(rows, wanted).map { (row: Int, wanted: Int) -> Double in
                let line = x[0][row * 6..<row * 6 + 6]
                return log(line.map(exp).reduce(0, +)) - line[row * 6 + wanted]
            }
            return [losses.reduce(0, +) / 3]
        }
    }

    private static let grouping = HeadGrouping(heads: 4, keyHeads: 2, headWidth: 2, scale: 0.8)
}
