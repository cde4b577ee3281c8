import Kernels
import Testing

@testable import Tensors

/// One operation: how the engine computes it, and what it is by definition, in double precision.
///
/// The one declaration serves the comparison of values, the check of its gradients by central differences of the
/// definition, and the check that no bit depends on the number of threads.
struct OperationCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The shapes of the inputs.
    let inputs: [Shape]
    /// What the engine makes of the inputs.
    let compute: @Sendable (_ inputs: [Tensor], _ workspace: Workspace) -> Tensor
    /// What they make by definition, row-major.
    let define: @Sendable (_ inputs: [[Double]]) -> [Double]

    init(
        _ name: String, _ inputs: [Shape], compute: @escaping @Sendable ([Tensor], Workspace) -> Tensor,
        define: @escaping @Sendable ([[Double]]) -> [Double]
    ) {
        testDescription = name
        self.inputs = inputs
        self.compute = compute
        self.define = define
    }

    /// Inputs between -1 and 1 without a visible pattern, the same every time.
    var values: [[Float]] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return inputs.map { shape in
            (0..<shape.count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
            }
        }
    }
}

extension Parameter {
    /// A parameter that shares a tensor's memory; a matrix in panels where it has columns.
    convenience init(_ tensor: Tensor, columns: Int? = nil) { self.init(tensor, [], columns: columns) }
}

/// Where a value of a matrix [K, N] lies in its panels.
func panelPlace(_ row: Int, _ column: Int, depth: Int) -> Int {
    (column / 16 * depth + row) * 16 + column % 16
}
