import Kernels
import Testing

@testable import Tensors

@Suite struct WorkspaceTests {
    /// A computation with nested scopes, one tensor larger than a block among them.
    private func compute(in workspace: Workspace) -> [Float] {
        workspace.temporarily {
            let x = workspace.tensor(Shape(4), [1, 2, 3, 4])
            let y = workspace.scope {
                let wide = workspace.tensor(Shape(3 << 20))
                wide.set([Float](repeating: 1, count: 3 << 20))
                return workspace.scope {
                    _ = workspace.tensor(Shape(100), [Float](repeating: 9, count: 100))
                    return x.adding(wide[0..<4], in: workspace)
                }
            }
            let z = workspace.tensor(Shape(4), [10, 20, 30, 40])
            return y.adding(z, in: workspace).values
        }
    }

    @Test func scopesKeepTheirResultAndNothingElse() {
        let workspace = Workspace()
        #expect(compute(in: workspace) == [12, 23, 34, 45])
        let size = workspace.byteCount
        for _ in 0..<5 { #expect(compute(in: workspace) == [12, 23, 34, 45]) }
        #expect(workspace.byteCount == size, "a second run of the same shapes allocates nothing")
    }

    @Test func aResultFromOutsideTheScopeStaysWhereItIs() {
        let workspace = Workspace()
        let outer = workspace.tensor(Shape(2), [1, 2])
        let same = workspace.scope { outer }
        same.set([3, 4])
        #expect(outer.values == [3, 4])
        let owned = Tensor(Shape(1), [5])
        #expect(workspace.scope { owned }.values == [5])
    }

    @Test func threadsGetWorkspacesOfTheirOwn() {
        let pool = WorkspacePool()
        let sums = Tensor(Shape(64))
        parallelFor(64) { range in
            for index in range {
                pool.withWorkspace { workspace in
                    let x = workspace.tensor(Shape(1000), [Float](repeating: Float(index), count: 1000))
                    sums[index..<index + 1].set([x.adding(x, in: workspace).values.reduce(0, +)])
                }
            }
        }
        #expect(sums.values == (0..<64).map { Float(2000 * $0) })
    }

    @Test func resultsComeInOrderAndTheFirstFailureIsThrown() throws {
        struct Odd: Error, Equatable { let number: Int }
        let pool = WorkspacePool()
        let squares = pool.map(100) { index, workspace in
            workspace.tensor(Shape(1), [Float(index * index)]).values[0]
        }
        #expect(squares == (0..<100).map { Float($0 * $0) })
        #expect(throws: Odd(number: 7)) {
            try pool.map(100) { index, _ throws(Odd) in
                if index >= 7, index % 2 == 1 { throw Odd(number: index) }
                return index
            }
        }
    }

    @Test func whatReplacesATensorTakesItsPlace() {
        let workspace = Workspace()
        let below = workspace.tensor(Shape(16), [Float](repeating: 1, count: 16))
        let x = workspace.tensor(Shape(16), [Float](repeating: 2, count: 16))
        let before = workspace.mark
        let y = workspace.replacing(x) { x in
            _ = workspace.tensor(Shape(16), [Float](repeating: 9, count: 16))
            return workspace.tensor(Shape(32), x.values + [Float](repeating: 3, count: 16))
        }
        #expect(y.base == x.base && workspace.mark == before + 16)
        #expect(y.values == [Float](repeating: 2, count: 16) + [Float](repeating: 3, count: 16))
        // What is not the last, or not the workspace's, stays.
        let z = workspace.replacing(below) { $0.adding($0, in: workspace) }
        #expect(z.base != below.base && z.values[0] == 2 && below.values[0] == 1 && y.values[0] == 2)
        #expect(workspace.replacing(Tensor(Shape(1), [5])) { $0.adding($0, in: workspace) }.values == [10])
    }

    @Test func whatAGradientNeedsIsNotReplaced() {
        let workspace = Workspace()
        let tape = Tape()
        workspace.tape = tape
        let x = workspace.tensor(Shape(2), [1, 2])
        tape.watch(x)
        let y = workspace.replacing(x) { $0.activated(.silu, in: workspace) }
        #expect(y.base != x.base && x.values == [1, 2])
    }

    @Test func aMeterCountsTheMostThatIsThereAtOnce() {
        func run() -> Tensor {
            let workspace = Workspace()
            for _ in 0..<2 {
                workspace.temporarily {
                    _ = workspace.tensor(Shape(1000))
                    workspace.temporarily { _ = workspace.tensor(Shape(5 << 20)) }
                }
            }
            return Tensor(Shape(100))
        }
        for isDry in [false, true] {
            let meter = MemoryMeter(isDry: isDry)
            let kept = meter.measure { run() }
            #expect(meter.peak == 4 * (1008 + (5 << 20) + 100))
            #expect(meter.bytes == 400 && kept.count == 100)
        }
    }

    @Test func aDryRunCountsAWorkspaceForEveryThread() throws {
        let meter = MemoryMeter()
        let pool = WorkspacePool()
        let sizes = meter.measure {
            pool.map(1000) { index, workspace in workspace.tensor(Shape(16 + index)).count }
        }
        #expect(sizes.count == 1000)
        #expect(meter.peak == 4 * 16 * Parallelism.threadCount)
    }
}
