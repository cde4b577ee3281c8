import Diagnostics
import Kernels
import Layers
import Tensors

/// A linear map of 2048 rows from 2048 to 2048 channels: how fast this machine is at this moment.
///
/// Its first rows are compared with what double precision makes of the same values.
struct MatrixProductTask: EngineTask {
    private static let side = 2048
    private static let comparedRows = 4
    private let map: Linear
    private let rows: Tensor
    private let workspaces = WorkspacePool()

    init(_ precision: Precision) throws(Failure) {
        map = try Linear(
            Parameters(SomeValues(), precision: precision), inputs: Self.side, outputs: Self.side, bias: false
        )
        rows = Tensor(Shape(1, Self.side, Self.side), SomeValues.of("x", count: Self.side * Self.side))
    }

    var operations: Double? { 2 * Double(Self.side) * Double(Self.side) * Double(Self.side) }

    func run() -> RecordedTensor {
        workspaces.withWorkspace { workspace in
            let product = map(rows, in: workspace).reshaped(Shape(Self.side, Self.side))
            return RecordedTensor(
                shape: [Self.comparedRows, Self.side], values: product[0..<Self.comparedRows].values)
        }
    }

    var reference: RecordedTensor? {
        let (side, x) = (Self.side, rows.values)
        let weight = SomeValues.of("weight", count: side * side)
        let values = (0..<Self.comparedRows * side).map { place in
            let (row, column) = (place / side * side, place % side * side)
            return Float((0..<side).reduce(0.0) { $0 + Double(x[row + $1]) * Double(weight[column + $1]) })
        }
        return RecordedTensor(shape: [Self.comparedRows, side], values: values)
    }
}

/// Weights of any name and shape, from -0.5 to 0.5, that no file holds.
private struct SomeValues: TensorSource {
    let source = "values made up"

    func contains(_ name: String) -> Bool { true }

    func values(of name: String, shape: [Int]) -> [Float] { Self.of(name, count: shape.reduce(1, *)) }

    /// The states of a linear congruential generator (Knuth's MMIX), begun at the name's first letter.
    static func of(_ name: String, count: Int) -> [Float] {
        var state = UInt64(name.utf8.first ?? 0)
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / 0x1p24 - 0.5
        }
    }
}
