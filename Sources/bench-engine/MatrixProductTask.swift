import Diagnostics
import Layers
import Tensors

/// A linear map of 2048 rows from 2048 to 2048 channels: how fast this machine is at this moment.
struct MatrixProductTask: EngineTask {
    private static let side = 2048
    private let map: Linear
    private let rows: Tensor
    private let workspaces = WorkspacePool()

    init() throws(Failure) {
        map = try Linear(Parameters(SomeValues()), inputs: Self.side, outputs: Self.side, bias: false)
        rows = Tensor(Shape(1, Self.side, Self.side), SomeValues.of(count: Self.side * Self.side))
    }

    func run() -> RecordedTensor {
        workspaces.withWorkspace { workspace in
            RecordedTensor(shape: [1], values: [map(rows, in: workspace).values[0]])
        }
    }
}

/// Weights of any name and shape, from -0.5 to 0.5, that no file holds.
private struct SomeValues: TensorSource {
    let source = "values made up"

    func contains(_ name: String) -> Bool { true }

    func values(of name: String, shape: [Int]) -> [Float] { Self.of(count: shape.reduce(1, *)) }

    static func of(count: Int) -> [Float] {
        (0..<count).map { Float($0 &* 2_654_435_761 & 0xffff) / 0x1p16 - 0.5 }
    }
}
