import Kernels
import Operations
import Tensors
import Testing

@Suite(.serialized) struct OperationTests {
    init() throws { try prepareEngine() }

    @Test(arguments: Operation.small + Operation.tiled)
    func followsItsDefinition(_ operation: Operation) {
        let inputs = zip(operation.inputs, operation.values).map { Tensor($0, $1) }
        let expected = operation.define(operation.values.map { $0.map(Double.init) })
        let result = operation.compute(inputs, Workspace()).values
        #expect(relativeError(result, expected) < operation.tolerance)
    }

    /// The gradient of Σ seed·result against central differences of the definition.
    @Test(arguments: Operation.small)
    func gradientsAreThoseOfTheDefinition(_ operation: Operation) {
        let values = operation.values.map { $0.map(Double.init) }
        let seeds = operation.define(values).indices.map { Double($0 % 7) - 3.5 }
        func objective(_ values: [[Double]]) -> Double { Self.objective(operation, values, seeds) }
        let actual = gradients(of: operation, seeds)
        for input in values.indices {
            let step = 1e-5
            let expected = values[input].indices.map { place in
                var (above, below) = (values, values)
                above[input][place] += step
                below[input][place] -= step
                return (objective(above) - objective(below)) / (2 * step)
            }
            #expect(relativeError(actual[input], expected) < 2e-5, "input \(input)")
        }
    }

    /// The same along one direction for each input, where the definition takes too long for every value's difference.
    @Test(arguments: Operation.tiled)
    func gradientsOfTilesAreThoseOfTheDefinition(_ operation: Operation) {
        let values = operation.values.map { $0.map(Double.init) }
        let seeds = operation.define(values).indices.map { Double($0 % 7) - 3.5 }
        let actual = gradients(of: operation, seeds)
        for input in values.indices {
            let step = 1e-5
            let direction = values[input].indices.map { Double(($0 * 2_654_435_761) % 5) - 2 }
            func objective(_ step: Double) -> Double {
                var moved = values
                for place in direction.indices { moved[input][place] += step * direction[place] }
                return Self.objective(operation, moved, seeds)
            }
            let expected = (objective(step) - objective(-step)) / (2 * step)
            let terms = zip(actual[input], direction).map { Double($0) * $1 }
            // A value that is wrong shows among all whose signs differ.
            let error = abs(terms.reduce(0, +) - expected) / terms.reduce(0) { $0 + abs($1) }
            #expect(error < 1e-6, "input \(input)")
        }
    }

    private static func objective(_ operation: Operation, _ values: [[Double]], _ seeds: [Double]) -> Double {
        zip(operation.define(values), seeds).reduce(0) { $0 + $1.0 * $1.1 }
    }

    @Test(arguments: Operation.small + Operation.tiled)
    func gradientsDoNotDependOnThreads(_ operation: Operation) {
        let threads = Parallelism.threadCount
        defer { Parallelism.threadCount = threads }
        let count = operation.define(operation.values.map { $0.map(Double.init) }).count
        let seeds = (0..<count).map { Double($0 % 7) - 3.5 }
        Parallelism.threadCount = 1
        let alone = gradients(of: operation, seeds).map { $0.map(\.bitPattern) }
        for count in [2, 3, 5] {
            Parallelism.threadCount = count
            #expect(gradients(of: operation, seeds).map { $0.map(\.bitPattern) } == alone)
        }
    }

    /// An input that nobody asks about gets no gradient, and one that is asked about gets the same alone.
    @Test(arguments: Operation.small)
    func onlyWhatIsAskedForIsDifferentiated(_ operation: Operation) {
        let count = operation.define(operation.values.map { $0.map(Double.init) }).count
        let seeds = (0..<count).map { Double($0 % 7) - 3.5 }
        let all = gradients(of: operation, seeds)
        for input in operation.inputs.indices {
            let alone = gradients(of: operation, seeds, watching: [input])
            for other in operation.inputs.indices {
                #expect(alone[other] == (other == input ? all[input] : []))
            }
        }
    }

    /// The gradients of the watched inputs; empty for the others.
    private func gradients(
        of operation: Operation, _ seeds: [Double], watching: [Int]? = nil
    ) -> [[Float]] {
        let inputs = zip(operation.inputs, operation.values).map { Tensor($0, $1) }
        let workspace = Workspace()
        let tape = Tape()
        for input in watching ?? Array(inputs.indices) { tape.watch(inputs[input]) }
        workspace.tape = tape
        let result = operation.compute(inputs, workspace)
        tape.differentiate(result, seed: Tensor(result.shape, seeds.map(Float.init)))
        return inputs.map { tape.gradient(of: $0)?.values ?? [] }
    }
}

/// The greatest difference, relative to the greatest magnitude of `expected` or to 1.
func relativeError(_ actual: [Float], _ expected: [Double]) -> Double {
    guard actual.count == expected.count, actual.allSatisfy(\.isFinite) else { return .infinity }
    let difference = zip(actual, expected).map { abs(Double($0) - $1) }.max() ?? 0
    return difference / max(expected.map(abs).max() ?? 1, 1)
}
