import Foundation
import Tensors

/// What is made small.
extension Operation {
    static var losses: [Operation] {
        var cases: [Operation] = []
        cases.append(
            Operation("mean squared error", [Shape(2, 5)]) { x, workspace in
                x[0].meanSquaredError(
                    workspace.tensor(Shape(2, 5), (0..<10).map { Float($0) / 10 }), in: workspace)
            } define: { x in
                [x[0].enumerated().reduce(0) { $0 + pow($1.element - Double($1.offset) / 10, 2) } / 10]
            })
        cases.append(
            Operation("cross-entropy", [Shape(3, 4)]) { x, workspace in
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
