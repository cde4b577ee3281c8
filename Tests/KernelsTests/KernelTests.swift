import CVectors
import Foundation
import Testing

@testable import Kernels

/// Each kernel against its definition in double precision.
@Suite struct KernelTests {
    init() throws { try prepareEngine() }

    @Test func productsTakeEitherSideTransposed() {
        let (rows, columns, depth) = (7, 5, 11)
        let a = noise(rows * depth, seed: 1)
        let b = noise(depth * columns, seed: 2)
        for (left, right) in [(false, false), (true, false), (false, true), (true, true)] {
            let expected = (0..<rows * columns).map { place in
                let (row, column) = (place / columns, place % columns)
                return 0.25
                    + 2
                    * (0..<depth).map { inner in
                        Double(a[left ? inner * rows + row : row * depth + inner])
                            * Double(b[right ? column * depth + inner : inner * columns + column])
                    }.reduce(0, +)
            }
            let actual = filled(rows * columns) { out in
                out.initialize(repeating: 0.25, count: rows * columns)
                multiply(
                    MatrixOperand(a, stride: left ? rows : depth, transposed: left),
                    MatrixOperand(b, stride: right ? depth : columns, transposed: right), into: out,
                    stride: columns, rows: rows, columns: columns, depth: depth, scale: 2, adds: true)
            }
            #expect(relativeError(actual, expected) < 1e-6)
        }
    }

    @Test(arguments: [(2, 3, 6, 4), (1, 33, 300, 1700), (2, 70, 90, 200), (1, 600, 40, 50)])
    func linearMapAddsBiasAndResidual(blocks: Int, rows: Int, inputs: Int, outputs: Int) {
        let x = noise(blocks * rows * inputs)
        let weight = noise(inputs * outputs, seed: 2)
        let bias = noise(outputs, seed: 3)
        let residual = noise(blocks * rows * outputs, seed: 4)
        let expected = (0..<blocks * rows * outputs).map { place in
            Double(bias[place % outputs]) + Double(residual[place])
                + (0..<inputs).map {
                    Double(x[place / outputs * inputs + $0]) * Double(weight[$0 * outputs + place % outputs])
                }.reduce(0, +)
        }
        let packed = PackedMatrix(weight, depth: inputs, columns: outputs)
        let actual = filled(expected.count) { out in
            packed.withPanels {
                mapLinearly(x, weight: $0, bias: bias, residual: residual, into: out, rows: blocks * rows)
            }
        }
        #expect(relativeError(actual, expected) < 1e-6)
    }

    /// A sum of 320 products in a row is 3.8e-7 off.
    @Test func noLongSumIsMadeInARow() {
        let (rows, inputs, outputs) = (24, 2048, 64)
        let x = noise(rows * inputs)
        let weight = noise(inputs * outputs, seed: 2)
        let expected = (0..<rows * outputs).map { place in
            (0..<inputs).reduce(0.0) {
                $0 + Double(x[place / outputs * inputs + $1]) * Double(weight[$1 * outputs + place % outputs])
            }
        }
        let packed = PackedMatrix(weight, depth: inputs, columns: outputs)
        let actual = filled(expected.count) { out in
            packed.withPanels { mapLinearly(x, weight: $0, into: out, rows: rows) }
        }
        #expect(relativeError(actual, expected) < 2.5e-7)
    }

    @Test(arguments: [
        ConvolutionGeometry(
            height: 5, width: 7, inputs: 3, outputs: 4, kernel: 3, stride: 1, padding: .init(1)),
        ConvolutionGeometry(
            height: 6, width: 9, inputs: 2, outputs: 5, kernel: 3, stride: 2, padding: .init(1)),
        ConvolutionGeometry(
            height: 6, width: 8, inputs: 2, outputs: 3, kernel: 3, stride: 2,
            padding: .init(top: 0, left: 0, bottom: 1, right: 1)),
        ConvolutionGeometry(
            height: 4, width: 3, inputs: 6, outputs: 2, kernel: 1, stride: 1, padding: .init(0)),
        ConvolutionGeometry(
            height: 9, width: 6, inputs: 3, outputs: 7, kernel: 3, stride: 3, padding: .init(0)),
        ConvolutionGeometry(
            height: 2, width: 1, inputs: 1, outputs: 2, kernel: 5, stride: 1, padding: .init(2)),
        ConvolutionGeometry(
            height: 40, width: 41, inputs: 70, outputs: 3, kernel: 3, stride: 1, padding: .init(1)),
    ])
    func convolutionFollowsItsDefinition(_ geometry: ConvolutionGeometry) {
        let imageSize = geometry.height * geometry.width * geometry.inputs
        let images = [noise(imageSize, seed: 5), noise(imageSize, seed: 6)]
        let weight = noise(geometry.depth * geometry.outputs, seed: 7)
        let bias = noise(geometry.outputs, seed: 8)
        let expected = images.flatMap {
            convolveByDefinition($0, weight: weight, bias: bias, geometry)
        }
        let residual = noise(expected.count, seed: 9)
        let packed = PackedMatrix(weight, depth: geometry.depth, columns: geometry.outputs)
        let plain = filled(expected.count) { out in
            packed.withPanels {
                convolve(
                    images.flatMap { $0 }, weight: $0, bias: bias, into: out, batch: 2,
                    geometry: geometry)
            }
        }
        #expect(relativeError(plain, expected) < 1e-5)
        let joined = filled(expected.count) { out in
            packed.withPanels {
                convolve(
                    images.flatMap { $0 }, weight: $0, bias: bias, residual: residual, into: out, batch: 2,
                    geometry: geometry)
            }
        }
        #expect(relativeError(joined, zip(expected, residual).map { $0 + Double($1) }) < 1e-5)
    }

    @Test(arguments: [
        ConvolutionGeometry(
            height: 32, width: 32, inputs: 32, outputs: 16, kernel: 3, stride: 1, padding: .init(1)),
        ConvolutionGeometry(
            height: 41, width: 30, inputs: 16, outputs: 48, kernel: 3, stride: 1,
            padding: .init(top: 0, left: 0, bottom: 1, right: 2)),
        ConvolutionGeometry(
            height: 8, width: 8, inputs: 272, outputs: 32, kernel: 3, stride: 1, padding: .init(1)),
        ConvolutionGeometry(
            height: 5, width: 3, inputs: 16, outputs: 16, kernel: 3, stride: 1, padding: .init(1)),
    ])
    func winogradConvolvesToo(_ geometry: ConvolutionGeometry) {
        let imageSize = geometry.height * geometry.width * geometry.inputs
        let images = [noise(imageSize, seed: 5), noise(imageSize, seed: 6)]
        let weight = noise(geometry.depth * geometry.outputs, seed: 7)
        let bias = noise(geometry.outputs, seed: 8)
        let expected = images.flatMap {
            convolveByDefinition($0, weight: weight, bias: bias, geometry)
        }
        let residual = noise(expected.count, seed: 9)
        let packed = PackedMatrix(weight, depth: geometry.depth, columns: geometry.outputs)
        func made(_ residual: [Float]?, _ vectors: figment_vectors) -> [Float] {
            filled(expected.count) { out in
                func convolve(_ residual: Floats?) {
                    convolveByWinograd(
                        images.flatMap { $0 }, weight: packed.panels, bias: bias, residual: residual,
                        into: out, batch: 2, geometry: geometry, vectors: vectors)
                }
                if let residual { convolve(residual) } else { convolve(nil) }
            }
        }
        let widest = widestVectors
        #expect(relativeError(made(nil, widest), expected) < 1e-5)
        let joined = made(residual, widest)
        #expect(relativeError(joined, zip(expected, residual).map { $0 + Double($1) }) < 1e-5)
        for vectors in CPUFeatures().vectorsToTry {
            #expect(made(residual, vectors).map(\.bitPattern) == joined.map(\.bitPattern))
        }
    }

    @Test(arguments: [
        (8, 1280, true), (4, 512, true), (4, 1280, false), (3, 512, true), (2, 64, false), (8, 40, false),
    ])
    func winogradIsTakenWhereItRepaysItsTransforms(side: Int, channels: Int, isTaken: Bool) {
        let geometry = ConvolutionGeometry(
            height: side, width: side, inputs: channels, outputs: channels, kernel: 3, stride: 1,
            padding: .init(1))
        #expect(geometry.suitsWinograd == isTaken)
    }

    @Test(arguments: [false, true])
    func groupsAreNormalized(silu: Bool) {
        let (batch, pixels, channels, groups) = (2, 1500, 12, 3)
        let x = noise(batch * pixels * channels).map { 3 * $0 + 5 }
        let scale = noise(channels, seed: 2)
        let shift = noise(channels, seed: 3)
        let width = channels / groups
        var expected = [Double](repeating: 0, count: x.count)
        for image in 0..<batch {
            for group in 0..<groups {
                let places = (0..<pixels).flatMap { pixel in
                    (0..<width).map { (image * pixels + pixel) * channels + group * width + $0 }
                }
                let mean = places.map { Double(x[$0]) }.reduce(0, +) / Double(places.count)
                let variance = places.map { pow(Double(x[$0]) - mean, 2) }.reduce(0, +) / Double(places.count)
                for place in places {
                    let value =
                        (Double(x[place]) - mean) / (variance + 1e-5).squareRoot()
                        * Double(scale[place % channels]) + Double(shift[place % channels])
                    expected[place] = silu ? value / (1 + exp(-value)) : value
                }
            }
        }
        let actual = filled(x.count) {
            normalizeGroups(
                x, scale: scale, shift: shift, epsilon: 1e-5, groups: groups, silu: silu, into: $0,
                batch: batch, pixels: pixels, channels: channels)
        }
        #expect(relativeError(actual, expected) < 2e-6)
    }

    @Test(arguments: [1, 15, 16, 37, 96])
    func rowsAreNormalized(columns: Int) {
        let x = noise(3 * columns).map { $0 + 2 }
        let scale = noise(columns, seed: 2)
        let shift = noise(columns, seed: 3)
        var expected: [Double] = []
        for row in 0..<3 {
            let values = x[row * columns..<(row + 1) * columns].map(Double.init)
            let mean = values.reduce(0, +) / Double(columns)
            let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(columns)
            for (column, value) in values.enumerated() {
                expected.append(
                    (value - mean) / (variance + 1e-5).squareRoot() * Double(scale[column])
                        + Double(shift[column]))
            }
        }
        let actual = filled(x.count) {
            normalizeRows(x, scale: scale, shift: shift, epsilon: 1e-5, into: $0, rows: 3, columns: columns)
        }
        #expect(relativeError(actual, expected) < 2e-6)
    }

    @Test(arguments: [1, 16, 21, 64])
    func softmaxOfRows(columns: Int) {
        let x = noise(4 * columns).map { 40 * $0 }
        let expected = (0..<4).flatMap { row in
            let values = x[row * columns..<(row + 1) * columns].map(Double.init)
            let greatest = values.max() ?? 0
            let powers = values.map { exp($0 - greatest) }
            return powers.map { $0 / powers.reduce(0, +) }
        }
        let actual = filled(x.count) { softmax(x, into: $0, rows: 4, columns: columns) }
        #expect(relativeError(actual, expected) < 1e-6)
    }

    @Test func exponentialsAreExactToTheirLastPlaces() {
        let arguments = (-8700...8800).map { Float($0) / 100 }
        let worst = arguments.map { abs(Double(exponential($0)) / exp(Double($0)) - 1) }.max() ?? 1
        #expect(worst < 2.5e-7)
        #expect(exponential(-1e9) < 2e-38)
        #expect(exponential(1e9).isFinite)
    }

    @Test(arguments: Activation.allCases)
    func activationsFollowTheirFormulas(_ activation: Activation) {
        func formula(_ x: Double) -> Double {
            switch activation {
            case .silu: return x / (1 + exp(-x))
            case .gelu: return x / 2 * erfc(-x / 2.0.squareRoot())
            case .quickGELU: return x / (1 + exp(-1.702 * x))
            case .geluTanh:
                let argument = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
                return x / 2 * (1 + tanh(argument))
            case .relu: return max(x, 0)
            }
        }
        let x = (-1200...1200).map { Float($0) / 100 }
        let actual = filled(x.count) { activate(activation, x, into: $0, count: x.count) }
        let worst = zip(x, actual).map { abs(Double($1) - formula(Double($0))) }.max() ?? 1
        #expect(worst < 2e-6)
    }

    @Test func gatesMultiplyByGELUOfTheSecondHalf() {
        let (rows, width) = (3, 5)
        let x = noise(rows * 2 * width).map { 4 * $0 }
        let expected = (0..<rows * width).map { place in
            let (row, column) = (place / width, place % width)
            let gate = Double(x[(2 * row + 1) * width + column])
            return Double(x[2 * row * width + column]) * gate / 2 * erfc(-gate / 2.0.squareRoot())
        }
        let actual = filled(rows * width) { gate(by: .gelu, x, into: $0, rows: rows, width: width) }
        #expect(relativeError(actual, expected) < 1e-6)
    }

    @Test(arguments: [(9, 9, true), (9, 9, false), (300, 21, false), (700, 700, false), (300, 300, true)])
    func attentionFollowsItsDefinition(queries: Int, keys: Int, isCausal: Bool) {
        let (batch, heads, width) = (2, 2, 5)
        let row = heads * width
        let q = noise(batch * queries * row, seed: 1).map { 3 * $0 }
        let k = noise(batch * keys * row, seed: 2).map { 3 * $0 }
        let v = noise(batch * keys * row, seed: 3)
        var expected = [Double](repeating: 0, count: q.count)
        for image in 0..<batch {
            for head in 0..<heads {
                for query in 0..<queries {
                    let place = (image * queries + query) * row + head * width
                    let visible = isCausal ? query + 1 : keys
                    let powers = (0..<visible).map { key in
                        let from = (image * keys + key) * row + head * width
                        let score = (0..<width).map { Double(q[place + $0]) * Double(k[from + $0]) }
                        return exp(score.reduce(0, +) / Double(width).squareRoot())
                    }
                    let total = powers.reduce(0, +)
                    for (key, power) in powers.enumerated() {
                        let from = (image * keys + key) * row + head * width
                        for column in 0..<width {
                            expected[place + column] += power / total * Double(v[from + column])
                        }
                    }
                }
            }
        }
        let shape = AttentionShape(
            queries: queries, keys: keys, heads: heads, headWidth: width, isCausal: isCausal)
        let actual = filled(q.count) {
            attend(queries: q, keys: k, values: v, into: $0, batch: batch, shape: shape)
        }
        #expect(relativeError(actual, expected) < 5e-6)
    }

    @Test func valuesAreAddedScaledAndMoved() {
        let x: [Float] = [1, 2, 3, 4, 5, 6]
        #expect(filled(6) { add(x, x, into: $0, count: 6) } == [2, 4, 6, 8, 10, 12])
        #expect(filled(6) { scale(x, by: 2, plus: 1, into: $0, count: 6) } == [3, 5, 7, 9, 11, 13])
        #expect(
            filled(6) { addToRows(x, [10, 20, 30], into: $0, rows: 2, columns: 3) } == [
                11, 22, 33, 14, 25, 36,
            ])
        #expect(filled(6) { transpose(x, into: $0, batch: 1, rows: 2, columns: 3) } == [1, 4, 2, 5, 3, 6])
        #expect(
            filled(9) { concatenateColumns(x, columns: 2, [7, 8, 9], columns: 1, into: $0, rows: 3) } == [
                1, 2, 7, 3, 4, 8, 5, 6, 9,
            ])
        #expect(
            filled(24) { upsampleNearest(x, into: $0, batch: 1, height: 1, width: 3, channels: 2) } == [
                1, 2, 1, 2, 3, 4, 3, 4, 5, 6, 5, 6, 1, 2, 1, 2, 3, 4, 3, 4, 5, 6, 5, 6,
            ])
    }

    @Test func largeTransposesKeepEveryValue() {
        let (rows, columns) = (50, 37)
        let x = noise(2 * rows * columns)
        let there = filled(x.count) { transpose(x, into: $0, batch: 2, rows: rows, columns: columns) }
        #expect(there[rows * columns + 3 * rows + 49] == x[rows * columns + 49 * columns + 3])
        #expect(filled(x.count) { transpose(there, into: $0, batch: 2, rows: columns, columns: rows) } == x)
    }
}
