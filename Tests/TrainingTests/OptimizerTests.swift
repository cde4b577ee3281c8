import Diagnostics
import JSONValues
import Kernels
import Tensors
import TestSupport
import Testing
import Training

/// The optimizers' formulas, schedules, the bound on the norm and the running means against PyTorch.
@Suite struct OptimizerTests {
    init() throws { try prepareEngine() }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let method: Optimizer.Method
        let course: LearningRateSchedule.Course
        var warmUp = 0
        var decay = 0.0
        var greatestNorm: Double?
    }

    static let cases = [
        Case(testDescription: "descent", method: .descent(), course: .constant),
        Case(
            testDescription: "momentum", method: .descent(momentum: 0.9), course: .steps(at: [3, 7]),
            decay: 0.02, greatestNorm: 0.3),
        Case(
            testDescription: "nesterov", method: .descent(momentum: 0.8, isNesterov: true),
            course: .cosine(total: 9), warmUp: 3, decay: 0.01),
        Case(
            testDescription: "adamw", method: .adamW(firstBeta: 0.8, secondBeta: 0.95, epsilon: 1e-6),
            course: .cosine(total: 9), warmUp: 3, decay: 0.1, greatestNorm: 0.5),
    ]

    @Test(arguments: cases)
    func followsPyTorch(_ settings: Case) throws {
        let golden = try JSONFields(
            JSONValue(file: Fixture.url("Learning/optimizers.json").path), source: "optimizers.json")
        let expected = try #require(golden.value(settings.testDescription)?.object)
        func numbers(_ key: String) throws -> [Float] {
            try #require(expected[key]?.array).compactMap { value in
                switch value {
                case .integer(let integer): Float(integer)
                case .real(let real): Float(real)
                default: nil
                }
            }
        }
        let first = Parameter("first", Shape(7), (0..<7).map { Float($0) / 2 - 1.25 })
        let second = Parameter("second", Shape(5), (0..<5).map { 1 + Float($0) / 2 })
        let average = ParameterAverage([first, second], decay: 0.9)
        let trainer = Trainer(
            Optimizer(
                [ParameterGroup([first], decay: settings.decay), ParameterGroup([second], rateFactor: 2)],
                settings.method),
            LearningRateSchedule(rate: 0.1, warmUp: settings.warmUp, settings.course),
            greatestNorm: settings.greatestNorm, average: average)
        let progress = try (0..<10).map { step in
            try trainer.step { workspace, _ in
                let loss = first.tensor.meanSquaredError(Tensor(Shape(7)), in: workspace)
                let target = Tensor(Shape(5), repeating: Float(step))
                return loss.adding(
                    second.tensor.meanSquaredError(target, in: workspace), in: workspace)
            }
        }
        #expect(progress.map(\.step) == Array(0..<10))
        #expect(relativeError(progress.map(\.loss), try numbers("losses")) < 1e-6)
        #expect(relativeError(progress.map { Float($0.rate) }, try numbers("rates")) < 1e-6)
        #expect(relativeError(progress.map { Float($0.gradientNorm) }, try numbers("norms")) < 1e-6)
        #expect(relativeError(first.tensor.values, try numbers("first")) < 1e-6)
        #expect(relativeError(second.tensor.values, try numbers("second")) < 1e-6)
        let before = first.tensor.values
        let mean = average.inUse { first.tensor.values }
        #expect(relativeError(mean, try numbers("average")) < 1e-6)
        #expect(first.tensor.values == before)
    }

    @Test func theBeginningIsForgottenWhileTheMeanWarmsUp() throws {
        let parameter = Parameter("x", Shape(1), [1])
        let average = ParameterAverage([parameter], decay: 0.99, warmsUp: true)
        let trainer = Trainer(
            Optimizer([ParameterGroup([parameter])], .descent()), LearningRateSchedule(rate: 0.5),
            average: average)
        // The gradient of x² at 1 is 2: x becomes 0, and its mean 2/11 of 1.
        try trainer.step { workspace, _ in
            parameter.tensor.meanSquaredError(Tensor(Shape(1)), in: workspace)
        }
        average.inUse { #expect(abs(parameter.tensor.values[0] - 2 / 11) < 1e-6) }
    }

    @Test func whatNoLossReachesStaysAsItIs() throws {
        let (reached, other) = (Parameter("x", Shape(2), [1, 2]), Parameter("y", Shape(2), [3, 4]))
        let trainer = Trainer(
            Optimizer([ParameterGroup([reached, other], decay: 0.5)], .adamW()),
            LearningRateSchedule(rate: 0.1))
        try trainer.step { workspace, _ in
            reached.tensor.meanSquaredError(Tensor(Shape(2)), in: workspace)
        }
        #expect(reached.tensor.values != [1, 2])
        #expect(other.tensor.values == [3, 4])
    }

    @Test func aStepThatDivergesIsRefusedAndChangesNothing() throws {
        let parameter = Parameter("layer.weight", Shape(2), [1e30, 2])
        let statistic = Parameter("norm.running_mean", Shape(1), [3])
        let trainer = Trainer(
            Optimizer([ParameterGroup([parameter])], .descent()), LearningRateSchedule(rate: 1),
            statistics: [statistic])
        let loss = #expect(throws: Failure.self) {
            try trainer.step { workspace, _ in
                statistic.update { $0.set([4]) }
                return parameter.tensor.meanSquaredError(Tensor(Shape(2)), in: workspace)
            }
        }
        #expect(loss?.summary.contains("the loss is no finite number at step 0") == true)
        let gradient = #expect(throws: Failure.self) {
            try trainer.step { workspace, _ in
                statistic.update { $0.set([5]) }
                return parameter.tensor.scaled(by: 1e-30, in: workspace).scaled(by: 1e30, in: workspace)
                    .scaled(by: 1e30, in: workspace).meanSquaredError(
                        parameter.tensor.scaled(by: 1e30, in: Workspace()), in: workspace)
            }
        }
        #expect(gradient?.summary.contains("no finite number") == true)
        #expect(parameter.tensor.values == [1e30, 2] && trainer.step == 0)
        #expect(statistic.tensor.values == [3])
    }
}
