import Diagnostics
import Kernels
import Randomness
import Tensors

/// Lets a network learn, step by step, so that a training that was stopped goes on to the very same bits.
public final class Trainer {
    /// What moves the parameters.
    public let optimizer: Optimizer
    /// The rate of each step.
    public let schedule: LearningRateSchedule
    /// The greatest norm of all gradients together, to which they are scaled down, or nil.
    public let greatestNorm: Double?
    /// Running means of the parameters, where they are wanted.
    public let average: ParameterAverage?
    /// What the network changes by itself while it learns, such as the running means of batch normalizations; a step
    /// that is refused leaves it as it was.
    public let statistics: [Parameter]
    /// What all that is random in the training follows from.
    public let seed: UInt64
    /// The steps done so far.
    public internal(set) var step = 0

    private let workspace = Workspace()
    private let tape = Tape()

    /// What a step was like.
    public struct Progress: Hashable, Sendable {
        /// The step, counted from 0.
        public let step: Int
        /// The loss before the step.
        public let loss: Float
        /// The learning rate.
        public let rate: Double
        /// The norm of all gradients together, before it was bounded.
        public let gradientNorm: Double
    }

    /// Prepares a training.
    public init(
        _ optimizer: Optimizer, _ schedule: LearningRateSchedule, greatestNorm: Double? = nil,
        average: ParameterAverage? = nil, statistics: [Parameter] = [], seed: UInt64 = 0
    ) {
        self.optimizer = optimizer
        self.schedule = schedule
        self.greatestNorm = greatestNorm
        self.average = average
        self.statistics = statistics
        self.seed = seed
        tape.watch(optimizer.parameters)
    }

    /// Makes one step.
    ///
    /// Throws what `loss` throws, and `badInput` where the loss or a gradient is no finite number, naming the
    /// parameter; neither a parameter nor a statistic has changed then.
    ///
    /// - Parameter loss: computes the loss, one value, in the workspace; its random numbers are the step's own.
    @discardableResult
    public func step(
        _ loss: (_ workspace: Workspace, _ noise: inout PhiloxNoise) throws(Failure) -> Tensor
    ) throws(Failure) -> Progress {
        let before = statistics.map(\.tensor.values)
        do {
            return try tentativeStep(loss)
        } catch {
            for (statistic, values) in zip(statistics, before) { statistic.update { $0.set(values) } }
            throw error
        }
    }

    private func tentativeStep(
        _ loss: (_ workspace: Workspace, _ noise: inout PhiloxNoise) throws(Failure) -> Tensor
    ) throws(Failure) -> Progress {
        workspace.tape = tape
        defer { tape.clear() }
        let value = try workspace.temporarily { () throws(Failure) in
            var noise = PhiloxNoise(seed: seed, stream: UInt64(step))
            let loss = try loss(workspace, &noise)
            precondition(loss.count == 1, "a loss of \(loss.shape)")
            guard loss.base[0].isFinite else { throw diverged("the loss") }
            tape.differentiate(loss)
            return loss.base[0]
        }
        let progress = Progress(
            step: step, loss: value, rate: schedule.rate(at: step), gradientNorm: try boundGradients())
        optimizer.step({ tape.arrivedGradient(of: $0.tensor) }, rate: progress.rate)
        step += 1
        average?.update(step: step)
        return progress
    }

    /// Scales the gradients down to the greatest norm, as PyTorch's `clip_grad_norm_` does; gives their norm before.
    private func boundGradients() throws(Failure) -> Double {
        var squares = 0.0
        for parameter in optimizer.parameters {
            guard let gradient = tape.arrivedGradient(of: parameter.tensor) else { continue }
            let square = sumOfSquares(gradient.base, count: gradient.count)
            guard square.isFinite else {
                throw diverged("the gradient of \(parameter.stored.first?.name ?? "a parameter")")
            }
            squares += square
        }
        let norm = squares.squareRoot()
        guard let greatestNorm, norm + 1e-6 > greatestNorm else { return norm }
        for parameter in optimizer.parameters {
            guard let gradient = tape.arrivedGradient(of: parameter.tensor) else { continue }
            scale(
                gradient.base, by: Float(greatestNorm / (norm + 1e-6)), into: gradient.base,
                count: gradient.count)
        }
        return norm
    }

    private func diverged(_ what: String) -> Failure {
        Failure(
            .badInput, "\(what) is no finite number at step \(step) of the training",
            hint: "Lower the learning rate, bound the gradients' norm, or look for such numbers in the data.")
    }
}
