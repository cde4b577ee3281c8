import Kernels
import Tensors

/// One operation at one size: how the engine computes it, and what it is by definition, in double precision.
///
/// The one declaration serves the comparison of values, the check of its gradients by central differences of the
/// definition, the check that no bit depends on the number of threads, and the measurement of how long it takes.
public struct Operation: Sendable, CustomStringConvertible {
    /// What it is called.
    public let name: String
    /// The shapes of the inputs.
    public let inputs: [Shape]
    /// How many products of two numbers it sums up, where it is made of such sums; 0 otherwise.
    public let products: Int
    /// The error that its values may have, relative to the greatest value.
    public let tolerance: Double
    /// What the engine makes of the inputs.
    public let compute: @Sendable (_ inputs: [Tensor], _ workspace: Workspace) -> Tensor
    /// What they make by definition, row-major.
    public let define: @Sendable (_ inputs: [[Double]]) -> [Double]

    init(
        _ name: String, _ inputs: [Shape], products: Int = 0, tolerance: Double = 1e-6,
        compute: @escaping @Sendable ([Tensor], Workspace) -> Tensor,
        define: @escaping @Sendable ([[Double]]) -> [Double]
    ) {
        self.name = name
        self.inputs = inputs
        self.products = products
        self.tolerance = tolerance
        self.compute = compute
        self.define = define
    }

    /// The name and the first input's shape.
    public var description: String { "\(name), \(inputs[0])" }

    /// Inputs between -1 and 1 without a visible pattern, the same every time.
    public var values: [[Float]] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return inputs.map { shape in
            (0..<shape.count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
            }
        }
    }
}

/// Where a value of a matrix [K, N] lies in its panels.
func panelPlace(_ row: Int, _ column: Int, depth: Int) -> Int {
    (column / 16 * depth + row) * 16 + column % 16
}
