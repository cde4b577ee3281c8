import CVectors
import Testing

@testable import Kernels

/// A matrix [K, N] laid out as products read it, for as long as it is held.
final class PackedMatrix: Sendable {
    private let depth, columns, places: Int
    private let precision: Precision
    nonisolated(unsafe) private let memory: UnsafeMutablePointer<Float>

    init(_ matrix: [Float], depth: Int, columns: Int) {
        let count = Panels.count(columns: columns) * 16 * depth
        memory = .allocate(capacity: count)
        packRows(
            matrix, stride: columns, depth: depth, columns: columns, into: memory, panelStride: 16 * depth)
        (self.depth, self.columns, places, precision) = (depth, columns, 1, .float32)
    }

    /// In bfloat16, of a window's places.
    init(roundedToBFloat16 matrix: [Float], depth: Int, columns: Int, places: Int = 1) {
        let inputs = depth / places
        let lines = Panels.lines(depth: depth, precision: .bfloat16, places: places)
        memory = .allocate(capacity: Panels.count(columns: columns) * 16 * lines)
        let stored = (0..<columns * depth).map { index in
            let (column, input, place) = (index / depth, index / places % inputs, index % places)
            return matrix[(place * inputs + input) * columns + column]
        }
        packWeights(
            stored, into: memory, inputs: inputs, outputs: columns, places: places, precision: .bfloat16)
        (self.depth, self.columns, self.places, precision) = (depth, columns, places, .bfloat16)
    }

    deinit { memory.deallocate() }

    var panels: Panels {
        Panels(memory, depth: depth, columns: columns, precision: precision, places: places)
    }

    /// Runs `body` with the panels, which it must not keep.
    func withPanels<Result>(_ body: (Panels) -> Result) -> Result {
        withExtendedLifetime(self) { body(panels) }
    }
}

/// Products with panels: right by their definition, and with bits that depend on nothing beside the values.
@Suite struct PanelProductTests {
    @Test(arguments: [
        (1, 1, 1), (5, 17, 3), (13, 320, 48), (2, 700, 130), (29, 33, 64), (250, 641, 95), (27, 323, 140),
        (23, 66, 200),
    ])
    func everyRowIsItsOwn(rows: Int, depth: Int, columns: Int) {
        let (x, matrix) = (noise(rows * depth, seed: 1), noise(depth * columns, seed: 2))
        let bias = noise(columns, seed: 3)
        let packed = PackedMatrix(matrix, depth: depth, columns: columns)
        let expected = (0..<rows * columns).map { place in
            (0..<depth).reduce(Double(bias[place % columns])) { sum, inner in
                sum + Double(x[place / columns * depth + inner])
                    * Double(matrix[inner * columns + place % columns])
            }
        }
        for vectors in CPUFeatures().vectorsToTry {
            func product(_ range: Range<Int>) -> [Float] {
                filled(range.count * columns) { out in
                    x.withUnsafeBufferPointer { x in
                        let starts: [Floats?] = range.map { row in x.baseAddress.map { $0 + row * depth } }
                        starts.withUnsafeBufferPointer { starts in
                            bias.withUnsafeBufferPointer { bias in
                                guard let table = starts.baseAddress else { return }
                                multiply(
                                    RowPieces(starts: table, stride: range.count, steps: 1, piece: depth),
                                    count: range.count, by: packed.panels.base,
                                    panelStride: packed.panels.stride,
                                    columns: columns,
                                    into: ProductOutput(
                                        base: out, rowStride: columns, bias: bias.baseAddress),
                                    vectors: vectors)
                            }
                        }
                    }
                }
            }
            let together = product(0..<rows)
            #expect(relativeError(together, expected) < 1e-5)
            for row in stride(from: 0, to: rows, by: 7) {
                #expect(product(row..<row + 1) == Array(together[row * columns..<(row + 1) * columns]))
            }
        }
    }

    @Test(arguments: [(1, 5, 3), (9, 33, 20), (9, 16, 48)])
    func turningTwiceIsNothing(places: Int, inputs: Int, outputs: Int) {
        let packed = PackedMatrix(
            noise(places * inputs * outputs, seed: 4), depth: places * inputs, columns: outputs)
        let turned = filled(Panels.count(columns: inputs) * 16 * places * outputs) {
            turnPanels(packed.panels, places: places, into: $0)
        }
        turned.withUnsafeBufferPointer { turned in
            guard let base = turned.baseAddress else { return }
            let count = Panels.count(columns: outputs) * 16 * places * inputs
            let again = filled(count) {
                turnPanels(Panels(base, depth: places * outputs, columns: inputs), places: places, into: $0)
            }
            #expect(again == Array(UnsafeBufferPointer(start: packed.panels.base, count: count)))
            for input in 0..<inputs {
                for output in 0..<outputs {
                    let there = packed.panels.base[
                        output / 16 * packed.panels.stride + input * 16 + output % 16]
                    let back = (input / 16 * places + places - 1) * outputs * 16 + output * 16 + input % 16
                    #expect(base[back] == there)
                }
            }
        }
    }
}
