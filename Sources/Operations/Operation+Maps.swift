import Foundation
import Kernels
import Testing

@testable import Tensors

extension OperationCase {
    static let all: [OperationCase] =
        arithmetic + Activation.allCases.flatMap { [activation($0), gate($0)] } + maps + normalizations
        + attentions + rearrangements + losses + decoders + classifiers

    private static var arithmetic: [OperationCase] {
        var cases: [OperationCase] = []
        cases.append(
            OperationCase("sum", [Shape(2, 3), Shape(2, 3)]) {
                $0[0].adding($0[1], in: $1)
            } define: { x in
                x[0].indices.map { x[0][$0] + x[1][$0] }
            })
        cases.append(
            OperationCase("sum of a tensor with itself", [Shape(2, 3)]) {
                $0[0].adding($0[0], in: $1)
            } define: {
                $0[0].map { 2 * $0 }
            })
        cases.append(
            OperationCase("sum of parts and parts of parts", [Shape(4, 3)]) { x, workspace in
                let doubled = x[0].scaled(by: 2, in: workspace)
                return doubled[1..<4][1..<3].adding(doubled[0..<2], in: workspace)
                    .adding(x[0][1..<3], in: workspace)
            } define: { x in
                (0..<6).map { (place: Int) -> Double in
                    2 * x[0][place + 6] + 2 * x[0][place] + x[0][place + 3]
                }
            })
        cases.append(
            OperationCase("sum with rows", [Shape(2, 5, 3), Shape(2, 3)]) {
                $0[0].addingToRows($0[1], in: $1)
            } define: { x in
                (0..<30).map { (place: Int) -> Double in
                    let row: Int = place / 15 * 3 + place % 3
                    return x[0][place] + x[1][row]
                }
            })
        cases.append(
            OperationCase("sum with a table", [Shape(3, 2, 4), Shape(5, 4)]) {
                $0[0].addingToBlocks(Parameter($0[1]), in: $1)
            } define: { x in
                (0..<24).map { (place: Int) -> Double in x[0][place] + x[1][place % 8] }
            })
        cases.append(
            OperationCase("scale and offset", [Shape(7)]) {
                $0[0].scaled(by: -3, plus: 2, in: $1)
            } define: {
                $0[0].map { -3 * $0 + 2 }
            })
        cases.append(
            OperationCase("modulation", [Shape(2, 4, 3), Shape(2, 6)]) {
                $0[0].scaledAndShifted(by: $0[1], in: $1)
            } define: { x in
                (0..<24).map { (place: Int) -> Double in
                    let (block, column) = (place / 12, place % 3)
                    return x[0][place] * (1 + x[1][block * 6 + column]) + x[1][block * 6 + 3 + column]
                }
            })
        return cases
    }

    private static func activation(_ activation: Activation) -> OperationCase {
        OperationCase("\(activation)", [Shape(3, 37)]) {
            $0[0].activated(activation, in: $1)
        } define: {
            $0[0].map(activation.definition)
        }
    }

    private static func gate(_ activation: Activation) -> OperationCase {
        OperationCase("gate by \(activation)", [Shape(3, 10)]) {
            $0[0].gated(by: activation, in: $1)
        } define: {
            x in
            (0..<15).map { (place: Int) -> Double in
                let (row, column) = (place / 5, place % 5)
                return x[0][row * 10 + column] * activation.definition(x[0][row * 10 + 5 + column])
            }
        }
    }

    private static let maps: [OperationCase] = [
        OperationCase("linear map", [Shape(2, 5, 7), .panels(7, 4), Shape(4), Shape(2, 5, 4)]) {
            $0[0].mapped(by: Parameter($0[1], columns: 4), bias: Parameter($0[2]), adding: $0[3], in: $1)
        } define: { x in
            (0..<40).map { (place: Int) -> Double in
                let (row, column) = (place / 4, place % 4)
                return x[2][column] + x[3][place]
                    + (0..<7).reduce(0) { $0 + x[0][row * 7 + $1] * x[1][panelPlace($1, column, depth: 7)] }
            }
        },
        OperationCase("map by a table's rows", [Shape(2, 3, 5), Shape(4, 5)]) {
            $0[0].mapped(byRowsOf: Parameter($0[1]), in: $1)
        } define: { x in
            (0..<24).map { (place: Int) -> Double in
                let (row, column) = (place / 4, place % 4)
                return (0..<5).reduce(0) { $0 + x[0][row * 5 + $1] * x[1][column * 5 + $1] }
            }
        },
        convolution(
            "convolution",
            ConvolutionGeometry(
                height: 5, width: 4, inputs: 3, outputs: 2, kernel: 3, stride: 1, padding: .init(1))),
        convolution(
            "convolution with stride",
            ConvolutionGeometry(
                height: 6, width: 7, inputs: 2, outputs: 3, kernel: 3, stride: 2,
                padding: .init(top: 0, left: 0, bottom: 1, right: 1))),
        convolution(
            "pointwise convolution",
            ConvolutionGeometry(
                height: 3, width: 3, inputs: 4, outputs: 5, kernel: 1, stride: 1, padding: .init(0))),
        convolution(
            "patches",
            ConvolutionGeometry(
                height: 6, width: 9, inputs: 2, outputs: 3, kernel: 3, stride: 3, padding: .init(0))),
    ]

    private static func convolution(_ name: String, _ geometry: ConvolutionGeometry) -> OperationCase {
        let (height, width) = (geometry.outputHeight, geometry.outputWidth)
        let out = Shape(2, height, width, geometry.outputs)
        return OperationCase(
            name,
            [
                Shape(2, geometry.height, geometry.width, geometry.inputs),
                .panels(geometry.depth, geometry.outputs), Shape(geometry.outputs), out,
            ]
        ) {
            $0[0].convolved(
                with: Parameter($0[1], columns: geometry.outputs), bias: Parameter($0[2]), geometry: geometry,
                adding: $0[3], in: $1)
        } define: { x in
            (0..<out.count).map { (place: Int) -> Double in
                let output = place % geometry.outputs
                let pixel = place / geometry.outputs
                let (image, row, column) = (
                    pixel / (height * width), pixel / width % height, pixel % width
                )
                var sum = x[2][output] + x[3][place]
                for window in 0..<geometry.kernel * geometry.kernel {
                    let y = row * geometry.stride - geometry.padding.top + window / geometry.kernel
                    let across = column * geometry.stride - geometry.padding.left + window % geometry.kernel
                    guard y >= 0, y < geometry.height, across >= 0, across < geometry.width else { continue }
                    let source = ((image * geometry.height + y) * geometry.width + across) * geometry.inputs
                    for input in 0..<geometry.inputs {
                        sum +=
                            x[0][source + input]
                            * x[1][
                                panelPlace(window * geometry.inputs + input, output, depth: geometry.depth)]
                    }
                }
                return sum
            }
        }
    }

    private static let normalizations: [OperationCase] = [
        OperationCase("layer norm", [Shape(2, 3, 8), Shape(8), Shape(8)]) {
            $0[0].normalizedRows(
                scale: Parameter($0[1]), shift: Parameter($0[2]), epsilon: 1e-3, in: $1)
        } define: { x in
            (0..<6).flatMap { row in
                let line = Array(x[0][row * 8..<(row + 1) * 8])
                return normal(line, 1e-3).enumerated().map { $1 * x[1][$0] + x[2][$0] }
            }
        },
        groupNorm(silu: false), groupNorm(silu: true),
    ]

    private static func groupNorm(silu: Bool) -> OperationCase {
        OperationCase(silu ? "group norm with SiLU" : "group norm", [Shape(2, 2, 3, 4), Shape(4), Shape(4)]) {
            $0[0].normalizedGroups(
                2, scale: Parameter($0[1]), shift: Parameter($0[2]), epsilon: 1e-3, silu: silu, in: $1)
        } define: { x in
            var out = [Double](repeating: 0, count: 48)
            for image in 0..<2 {
                for group in 0..<2 {
                    let places = (0..<12).map { image * 24 + $0 / 2 * 4 + group * 2 + $0 % 2 }
                    for (place, value) in zip(places, normal(places.map { x[0][$0] }, 1e-3)) {
                        let scaled = value * x[1][place % 4] + x[2][place % 4]
                        out[place] = silu ? Activation.silu.definition(scaled) : scaled
                    }
                }
            }
            return out
        }
    }

    private static func normal(_ values: [Double], _ epsilon: Double) -> [Double] {
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
        return values.map { ($0 - mean) / (variance + epsilon).squareRoot() }
    }

    private static let attentions: [OperationCase] = [
        OperationCase("self-attention", [Shape(2, 5, 18)]) {
            $0[0].attended(heads: 2, headWidth: 3, in: $1)
        } define: {
            attention($0[0], $0[0], stride: 18, places: (0, 6, 12), queries: 5, keys: 5, isCausal: false)
        },
        OperationCase("causal attention", [Shape(2, 5, 18)]) {
            $0[0].attended(heads: 2, headWidth: 3, isCausal: true, in: $1)
        } define: {
            attention($0[0], $0[0], stride: 18, places: (0, 6, 12), queries: 5, keys: 5, isCausal: true)
        },
        OperationCase("attention to a context", [Shape(2, 4, 6), Shape(2, 7, 12)]) {
            $0[0].attending(to: $0[1], heads: 2, headWidth: 3, in: $1)
        } define: {
            attention($0[0], $0[1], stride: 12, places: (0, 0, 6), queries: 4, keys: 7, isCausal: false)
        },
    ]

    /// Attention of two heads of width 3 for a batch of two; `places` are the columns of queries, keys and values.
    private static func attention(
        _ x: [Double], _ context: [Double], stride: Int, places: (Int, Int, Int), queries: Int, keys: Int,
        isCausal: Bool
    ) -> [Double] {
        let queryStride = x.count / (2 * queries)
        var out = [Double](repeating: 0, count: 2 * queries * 6)
        for (image, head) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            for query in 0..<queries {
                let row = (image * queries + query) * queryStride + places.0 + head * 3
                let weights = (0..<keys).map { key -> Double in
                    if isCausal && key > query { return 0 }
                    let place = (image * keys + key) * stride + places.1 + head * 3
                    return exp(
                        (0..<3).reduce(0) { $0 + x[row + $1] * context[place + $1] } / 3.0.squareRoot())
                }
                let total = weights.reduce(0, +)
                for (key, weight) in weights.enumerated() {
                    let place = (image * keys + key) * stride + places.2 + head * 3
                    for column in 0..<3 {
                        out[(image * queries + query) * 6 + head * 3 + column] +=
                            weight / total * context[place + column]
                    }
                }
            }
        }
        return out
    }

    private static var rearrangements: [OperationCase] {
        var cases: [OperationCase] = []
        cases.append(
            OperationCase("channels side by side", [Shape(2, 3, 2), Shape(2, 3, 4)]) {
                $0[0].concatenated(channelsOf: $0[1], in: $1)
            } define: { x in
                (0..<36).map { (place: Int) -> Double in
                    let (row, column) = (place / 6, place % 6)
                    return column < 2 ? x[0][2 * row + column] : x[1][4 * row + column - 2]
                }
            })
        cases.append(
            OperationCase("upsampling", [Shape(2, 2, 3, 2)]) {
                $0[0].upsampledNearest(in: $1)
            } define: { x in
                (0..<96).map { (place: Int) -> Double in
                    let (channel, column, row, image) = (place % 2, place / 2 % 6, place / 12 % 4, place / 48)
                    return x[0][((image * 2 + row / 2) * 3 + column / 2) * 2 + channel]
                }
            })
        cases.append(
            OperationCase("resizing to odd sizes", [Shape(2, 2, 3, 2)]) {
                $0[0].resizedNearest(height: 5, width: 4, in: $1)
            } define: { x in
                (0..<80).map { (place: Int) -> Double in
                    let (channel, column, row, image) = (place % 2, place / 2 % 4, place / 8 % 5, place / 40)
                    return x[0][((image * 2 + row * 2 / 5) * 3 + column * 3 / 4) * 2 + channel]
                }
            })
        cases.append(
            OperationCase("samples of normal distributions", [Shape(2, 3, 4)]) { x, workspace in
                x[0].gaussianSample(
                    noise: workspace.tensor(Shape(2, 3, 2), (0..<12).map { Float($0) / 4 - 1 }),
                    in: workspace)
            } define: { x in
                (0..<12).map { (place: Int) -> Double in
                    let mean = place / 2 * 4 + place % 2
                    return x[0][mean] + exp(x[0][mean + 2] / 2) * (Double(place) / 4 - 1)
                }
            })
        cases.append(
            OperationCase("rows by number", [Shape(4, 3)]) {
                $0[0].rows([2, 0, 2], in: $1)
            } define: { x in
                [2, 0, 2].flatMap { row in Array(x[0][3 * row..<3 * row + 3]) }
            })
        cases.append(
            OperationCase("a row before others", [Shape(2, 3, 2), Shape(2)]) {
                $0[0].preceded(by: Parameter($0[1]), in: $1)
            } define: { x in
                [x[1], Array(x[0][0..<6]), x[1], Array(x[0][6..<12])].flatMap { $0 }
            })
        return cases
    }

    private static var losses: [OperationCase] {
        var cases: [OperationCase] = []
        cases.append(
            OperationCase("mean squared error", [Shape(2, 5)]) { x, workspace in
                x[0].meanSquaredError(
                    workspace.tensor(Shape(2, 5), (0..<10).map { Float($0) / 10 }), in: workspace)
            } define: { x in
                [x[0].enumerated().reduce(0) { $0 + pow($1.element - Double($1.offset) / 10, 2) } / 10]
            })
        cases.append(
            OperationCase("cross-entropy", [Shape(3, 4)]) { x, workspace in
                x[0].crossEntropy(
                    workspace.tensor(Shape(3, 4), (0..<12).map { $0 % 5 == 0 ? 0.75 : 0.0625 }), in: workspace
                )
            } define: { x in
                let rows = (0..<3).map { row -> Double in
                    let logits = x[0][row * 4..<row * 4 + 4]
                    let normalizer = log(logits.map(exp).reduce(0, +))
                    return (0..<4).reduce(0) { sum, column in
                        let target = (row * 4 + column) % 5 == 0 ? 0.75 : 0.0625
                        return sum - target * (x[0][row * 4 + column] - normalizer)
                    }
                }
                return [rows.reduce(0, +) / 3]
            })
        return cases
    }
}

extension Activation {
    /// The function in double precision.
    func definition(_ x: Double) -> Double {
        switch self {
        case .silu: x / (1 + exp(-x))
        case .gelu: x * 0.5 * erfc(-x / 2.0.squareRoot())
        case .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .quickGELU: x / (1 + exp(-1.702 * x))
        case .relu: max(x, 0)
        }
    }
}
