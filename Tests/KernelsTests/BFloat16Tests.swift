import CVectors
import Testing

@testable import Kernels

/// Products in bfloat16, with the instructions of every kind that this processor has.
@Suite struct BFloat16Tests {
    init() throws { try prepareEngine() }

    /// Every kind of instructions, and how rows lie for it.
    private static let ways = VectorInstructions.allCases.filter(CPUFeatures().has).map {
        ($0.vectors, $0.multipliesPairs ? figment_format_pairs : figment_format_widened)
    }

    /// The nearer of the two values of bfloat16 around a float, of two as near the even one; infinity counts as 2¹²⁸.
    private static func rounded(_ x: Float) -> Float {
        guard x.isFinite else { return x }
        let below = Float(bitPattern: x.bitPattern & 0xFFFF_0000)
        let above = Float(bitPattern: below.bitPattern + 0x1_0000)
        let (low, high) = (
            Double(below.magnitude), above.isFinite ? Double(above.magnitude) : 0x1p128
        )
        let middle = (low + high) / 2
        let size = Double(x.magnitude)
        if size == middle { return below.bitPattern & 0x1_0000 == 0 ? below : above }
        return size < middle ? below : above
    }

    private static let specials: [Float] =
        [
            0, 1, 1.00390625, 1.01171875, 1.0039063, 1.0039062, 3.1415927, .greatestFiniteMagnitude,
            3.3895e38,
            3.3961775e38, .infinity, .leastNormalMagnitude, .leastNonzeroMagnitude, 0x1p-134, 0x1.8p-133,
            0x1.4p-133, 65_535,
        ].flatMap { [$0, -$0] } + noise(31, seed: 6)

    @Test func valuesAreRoundedToTheNearest() {
        let expected = Self.specials.map { Self.rounded($0).bitPattern }
        for (vectors, _) in Self.ways {
            let floats = filled(Self.specials.count + 1) {
                figment_round_row(vectors, Self.specials, $0, Self.specials.count, 0)
            }
            #expect(floats.map(\.bitPattern) == expected + [0])
            let pairs = filled((Self.specials.count + 1) / 2) {
                figment_round_row(vectors, Self.specials, $0, Self.specials.count, 1)
            }
            #expect(pairs.flatMap { [$0.bitPattern << 16, $0.bitPattern & 0xFFFF_0000] } == expected + [0])
        }
    }

    @Test(arguments: [0x7F80_0001, 0x7FC0_0000, 0xFF80_FFFF, 0xFFFF_FFFF] as [UInt32])
    func whatIsNoNumberStaysNone(bits: UInt32) {
        for (vectors, _) in Self.ways {
            let made = filled(2) { figment_round_row(vectors, [Float(bitPattern: bits)], $0, 1, 0) }
            #expect(made[0].isNaN && made[1] == 0)
        }
    }

    @Test(arguments: [(1, 1, 1), (5, 17, 3), (13, 320, 48), (2, 1401, 130), (29, 33, 64), (250, 641, 95)])
    func everyRowIsItsOwn(rows: Int, depth: Int, columns: Int) {
        let (x, matrix) = (noise(rows * depth, seed: 1), noise(depth * columns, seed: 2))
        let packed = PackedMatrix(roundedToBFloat16: matrix, depth: depth, columns: columns)
        let (left, right) = (x.map(Self.rounded), matrix.map(Self.rounded))
        let expected = (0..<rows * columns).map { place in
            (0..<depth).reduce(0.0) { sum, inner in
                sum + Double(left[place / columns * depth + inner])
                    * Double(right[inner * columns + place % columns])
            }
        }
        for (vectors, format) in Self.ways {
            func product(_ range: Range<Int>) -> [Float] {
                filled(range.count * columns) { out in
                    withOperand(x, rows: rows, columns: depth, format: format, vectors: vectors) { x in
                        let starts: [Floats?] = range.map { x.base + $0 * x.stride }
                        starts.withUnsafeBufferPointer { starts in
                            guard let table = starts.baseAddress else { return }
                            multiply(
                                RowPieces(
                                    starts: table, stride: range.count, steps: 1, piece: packed.panels.lines,
                                    format: format),
                                count: range.count, by: packed.panels.base,
                                panelStride: packed.panels.stride, columns: columns,
                                into: ProductOutput(base: out, rowStride: columns), vectors: vectors)
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

    @Test(arguments: [
        ConvolutionGeometry(
            height: 5, width: 7, inputs: 3, outputs: 20, kernel: 3, stride: 1, padding: .init(1)),
        ConvolutionGeometry(
            height: 9, width: 6, inputs: 5, outputs: 7, kernel: 3, stride: 3, padding: .init(0)),
        ConvolutionGeometry(
            height: 6, width: 8, inputs: 34, outputs: 16, kernel: 3, stride: 2,
            padding: .init(top: 0, left: 0, bottom: 1, right: 1)),
    ])
    func convolutionsAreThoseOfRoundedValues(_ geometry: ConvolutionGeometry) {
        let x = noise(geometry.height * geometry.width * geometry.inputs, seed: 5)
        let weight = noise(geometry.depth * geometry.outputs, seed: 7)
        let bias = noise(geometry.outputs, seed: 8)
        let packed = PackedMatrix(
            roundedToBFloat16: weight, depth: geometry.depth, columns: geometry.outputs,
            places: geometry.kernel * geometry.kernel)
        let expected = convolveByDefinition(
            x.map(Self.rounded), weight: weight.map(Self.rounded), bias: bias, geometry)
        let made = filled(expected.count) { out in
            packed.withPanels { convolve(x, weight: $0, bias: bias, into: out, batch: 1, geometry: geometry) }
        }
        #expect(relativeError(made, expected) < 1e-5)
    }

    /// Of one block of tiles, which transforms the weights in parts, and of several, for which they are transformed once.
    @Test(arguments: [8, 80])
    func winogradTakesTheRoundedWeights(side: Int) {
        let geometry = ConvolutionGeometry(
            height: side, width: side, inputs: 352, outputs: 48, kernel: 3, stride: 1, padding: .init(1))
        let x = noise(side * side * geometry.inputs, seed: 5)
        let weight = noise(geometry.depth * geometry.outputs, seed: 7)
        let packed = PackedMatrix(
            roundedToBFloat16: weight, depth: geometry.depth, columns: geometry.outputs, places: 9)
        let rounded = PackedMatrix(
            weight.map(Self.rounded), depth: geometry.depth, columns: geometry.outputs)
        let made = [packed, rounded].map { matrix in
            filled(side * side * geometry.outputs) { out in
                matrix.withPanels {
                    convolveByWinograd(x, weight: $0, bias: nil, into: out, batch: 1, geometry: geometry)
                }
            }
        }
        #expect(made[0] == made[1])
    }
}
