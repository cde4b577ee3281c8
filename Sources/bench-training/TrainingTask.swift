import Diagnostics
import Tensors

/// What a network learns, with the data of every step recorded.
protocol TrainingTask {
    /// The number of steps recorded, S.
    var steps: Int { get }
    /// What the optimizer moves.
    var learnt: [Parameter] { get }
    /// What the network changes by itself.
    var statistics: [Parameter] { get }

    /// The loss at a step.
    func loss(_ step: Int, in workspace: Workspace) throws(Failure) -> Tensor
}
