import Foundation
import Kernels
import Tensors

/// Sums, scales and activations.
extension Operation {
    static var arithmetic: [Operation] {
        var cases: [Operation] = []
        cases.append(sum(Shape(2, 3)))
        cases.append(
            Operation("sum of a tensor with itself", [Shape(2, 3)]) {
                $0[0].adding($0[0], in: $1)
            } define: {
                $0[0].map { 2 * $0 }
            })
        cases.append(
            Operation("sum of parts and parts of parts", [Shape(4, 3)]) { x, workspace in
                let doubled = x[0].scaled(by: 2, in: workspace)
                return doubled[1..<4][1..<3].adding(doubled[0..<2], in: workspace)
                    .adding(x[0][1..<3], in: workspace)
            } define: { x in
                (0..<6).map { (place: Int) -> Double in
                    2 * x[0][place + 6] + 2 * x[0][place] + x[0][place + 3]
                }
            })
        cases.append(
            Operation("sum with rows", [Shape(2, 5, 3), Shape(2, 3)]) {
                $0[0].addingToRows($0[1], in: $1)
            } define: { x in
                (0..<30).map { (place: Int) -> Double in
                    let row: Int = place / 15 * 3 + place % 3
                    return x[0][place] + x[1][row]
                }
            })
        cases.append(
            Operation("sum with a table", [Shape(3, 2, 4), Shape(5, 4)]) {
                $0[0].addingToBlocks(Parameter($0[1]), in: $1)
            } define: { x in
                (0..<24).map { (place: Int) -> Double in x[0][place] + x[1][place % 8] }
            })
        cases.append(
            Operation("scale and offset", [Shape(7)]) {
                $0[0].scaled(by: -3, plus: 2, in: $1)
            } define: {
                $0[0].map { -3 * $0 + 2 }
            })
        cases.append(
            Operation("modulation", [Shape(2, 4, 3), Shape(2, 6)]) {
                $0[0].scaledAndShifted(by: $0[1], in: $1)
            } define: { x in
                (0..<24).map { (place: Int) -> Double in
                    let (block, column) = (place / 12, place % 3)
                    return x[0][place] * (1 + x[1][block * 6 + column]) + x[1][block * 6 + 3 + column]
                }
            })
        return cases
    }

    static func sum(_ shape: Shape) -> Operation {
        Operation("sum", [shape, shape]) {
            $0[0].adding($0[1], in: $1)
        } define: { x in
            x[0].indices.map { x[0][$0] + x[1][$0] }
        }
    }

    static func activation(_ activation: Activation, _ shape: Shape) -> Operation {
        Operation("\(activation)", [shape]) {
            $0[0].activated(activation, in: $1)
        } define: {
            $0[0].map(activation.definition)
        }
    }

    /// Rows whose second half is the gate of the first.
    static func gate(_ activation: Activation, rows: Int, width: Int) -> Operation {
        Operation("gate by \(activation)", [Shape(rows, 2 * width)]) {
            $0[0].gated(by: activation, in: $1)
        } define: { x in
            (0..<rows * width).map { (place: Int) -> Double in
                let start = place / width * 2 * width + place % width
                return x[0][start] * activation.definition(x[0][start + width])
            }
        }
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
