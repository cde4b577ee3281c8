import Kernels
import Testing

@testable import Tensors

@Suite(.serialized) struct TapeTests {
    init() throws { try prepareEngine() }

    private let x = Tensor(Shape(4, 6), (0..<24).map { Float($0 % 7) / 7 - 0.4 })
    private let weight = Parameter(
        Tensor(.panels(6, 6), (0..<96).map { Float($0 % 11) / 11 - 0.5 }), columns: 6)
    private let bias = Parameter(Tensor(Shape(6), [1, -1, 0.5, 0, 2, -2]))

    /// Three layers, each of which may be computed again on the way back.
    private func network(_ x: Tensor, _ workspace: Workspace, isCheckpointed: Bool) -> Tensor {
        (0..<3).reduce(x) { x, _ in
            let layer = { (x: Tensor) in
                workspace.scope {
                    x.mapped(by: weight, bias: bias, adding: x, in: workspace).activated(.gelu, in: workspace)
                }
            }
            return isCheckpointed ? workspace.checkpointed([x]) { layer($0[0]) } : layer(x)
        }
    }

    private func gradients(isCheckpointed: Bool, watchingParameters: Bool = true) -> [[Float]] {
        let workspace = Workspace()
        let tape = Tape()
        tape.watch(x)
        if watchingParameters { tape.watch([weight, bias]) }
        workspace.tape = tape
        let result = network(x, workspace, isCheckpointed: isCheckpointed)
        tape.differentiate(result)
        return [x, weight.tensor, bias.tensor].map { tape.gradient(of: $0)?.values ?? [] }
    }

    @Test func whatIsComputedAgainHasTheSameGradients() {
        let plain = gradients(isCheckpointed: false)
        #expect(plain[0].contains { $0 != 0 } && plain[1].contains { $0 != 0 })
        #expect(gradients(isCheckpointed: true) == plain)
        #expect(gradients(isCheckpointed: true, watchingParameters: false) == [plain[0], [], []])
    }

    /// Small images are convolved directly where the weights learn, also when that is computed again.
    @Test(arguments: [8, 16])
    func whatLearnsIsConvolvedExactly(side: Int) {
        let geometry = ConvolutionGeometry(
            height: side, width: side, inputs: 16, outputs: 16, kernel: 3, stride: 1, padding: .init(1))
        func values(_ count: Int) -> [Float] { (0..<count).map { Float($0 * 37 % 101) / 101 - 0.4 } }
        let image = Tensor(Shape(1, side, side, 16), values(side * side * 16))
        let kernel = Parameter(Tensor(.panels(144, 16), values(144 * 16)), columns: 16)
        let shift = Parameter(Tensor(Shape(16), values(16)))
        func convolved(isLearning: Bool, isCheckpointed: Bool = false) -> [[Float]] {
            let workspace = Workspace()
            let tape = Tape()
            tape.watch(image)
            if isLearning { tape.watch([kernel, shift]) }
            workspace.tape = tape
            let layer = { (x: Tensor) in
                x.convolved(with: kernel, bias: shift, geometry: geometry, in: workspace)
            }
            let result = isCheckpointed ? workspace.checkpointed([image]) { layer($0[0]) } : layer(image)
            let made = result.values
            tape.differentiate(result)
            return [made, tape.gradient(of: image)?.values ?? []]
        }
        let learning = convolved(isLearning: true)
        #expect(convolved(isLearning: true, isCheckpointed: true) == learning)
        let other = convolved(isLearning: false)
        for (values, others) in zip(learning, other) {
            #expect((values == others) == (side == 16))
            #expect(zip(values, others).allSatisfy { abs($0 - $1) < 1e-4 })
        }
    }

    @Test func whatIsNotWatchedIsNeitherNotedNorKept() {
        let workspace = Workspace()
        let tape = Tape()
        tape.watch(bias.tensor)
        workspace.tape = tape
        let start = workspace.mark
        _ = workspace.scope { x.activated(.silu, in: workspace).scaled(by: 2, in: workspace) }
        #expect(tape.count == 0)
        #expect(workspace.mark - start == 32)
        let result = x.mapped(by: weight, bias: bias, in: workspace)
        #expect(tape.count == 1 && tape.follows(result) && !tape.follows(x))
    }

    @Test func gradientsAddUpUntilTheyAreCleared() {
        let workspace = Workspace()
        let tape = Tape()
        tape.watch(x)
        workspace.tape = tape
        for _ in 0..<2 { tape.differentiate(x.scaled(by: 3, in: workspace)) }
        #expect(tape.gradient(of: x)?.values == [Float](repeating: 6, count: 24))
        tape.clear()
        #expect(tape.gradient(of: x)?.values == [Float](repeating: 0, count: 24))
    }

    @Test func anUpdateIsSeenByWhatFollowsFromTheValues() {
        let before = weight.turned(places: 1).base
        #expect(weight.turned(places: 1).base == before)
        weight.update { $0.set([Float](repeating: 0, count: $0.count)) }
        let after = weight.turned(places: 1)
        #expect(UnsafeBufferPointer(start: after.base, count: 16 * after.depth).allSatisfy { $0 == 0 })
    }

    @Test func partsComeBackInTheCheckpointsLayout() throws {
        struct Counting: TensorSource {
            let source = "counting"
            func contains(_ name: String) -> Bool { true }
            func values(of name: String, shape: [Int]) -> [Float] {
                let start = name.utf8.reduce(0) { $0 + Int($1) }
                return (0..<shape.reduce(1, *)).map { Float(start + $0) }
            }
        }
        let list = ParameterList()
        let parameters = Parameters(Counting(), list: list)
        let parts = ["a", "b"].map(parameters.scoped)
        _ = try Parameters.linearWeight(sideBySide: parts, outputs: [3, 3], inputs: 2)
        _ = try Parameters.bias(sideBySide: parts, outputs: [3, 3], isStored: true)
        _ = try parameters.scoped("c").convolutionWeight(outputs: 4, inputs: 3, kernel: 2)
        _ = try parameters.parameter("table", [5, 2])
        #expect(
            list.parameters.flatMap(\.stored).map(\.name) == [
                "a.weight", "b.weight", "a.bias", "b.bias", "c.weight", "table",
            ])
        for parameter in list.parameters {
            for part in parameter.stored {
                #expect(parameter.values(of: part) == Counting().values(of: part.name, shape: part.shape))
            }
        }
    }
}
