import CVectors

/// What the products of weights with activations are made of.
///
/// Everything else, and products in which no weight takes part, is float32 in either.
public enum Precision: String, CaseIterable, Sendable {
    /// Weights and activations as they are.
    case float32
    /// Both rounded to bfloat16, to the nearest and ties to even, and their products summed in float32.
    ///
    /// Winograd's transforms would lose another digit, so convolutions that he makes round the weights alone.
    case bfloat16

    /// How rows and panels lie in memory.
    var format: figment_format { self == .float32 ? figment_format_floats : pairFormat }
}

/// How rows that meet pairs lie: in pairs themselves where the processor multiplies pairs, else as rounded floats.
private let pairFormat =
    (try? VectorInstructions.chosen.get())?.multipliesPairs == true
    ? figment_format_pairs : figment_format_widened

/// The rows of a product's left-hand matrix, or the pixels of its images, as its kernel reads them.
struct OperandRows {
    /// Where the first begins.
    let base: Floats
    /// Floats from one to the next.
    let stride: Int
}

/// Runs `body` with rows x[R, C], close together, in a format: where they are, or rounded into scratch memory.
func withOperand<Result>(
    _ x: Floats, rows: Int, columns: Int, format: figment_format, vectors: figment_vectors = widestVectors,
    _ body: (OperandRows) -> Result
) -> Result {
    guard format != figment_format_floats else { return body(OperandRows(base: x, stride: columns)) }
    let isPaired = format == figment_format_pairs
    let pairs = (columns + 1) / 2
    let stride = isPaired ? pairs : 2 * pairs
    return withScratch(rows * stride) { rounded in
        parallelFor(rows, chunk: max(1, (1 << 16) / max(columns, 1)), work: rows * columns * 4) { range in
            for row in range {
                figment_round_row(
                    vectors, x + row * columns, rounded + row * stride, columns, isPaired ? 1 : 0)
            }
        }
        return body(OperandRows(base: rounded, stride: stride))
    }
}
