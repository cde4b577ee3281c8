import Diagnostics
import Kernels
import Tensors

/// Normalization of every channel over a batch of images (PyTorch's `nn.BatchNorm2d`).
public struct BatchNorm2D: Sendable {
    /// Channels C.
    public let channels: Int
    let epsilon: Float
    /// The share of a batch's moments in the running ones.
    let momentum: Float
    let scale, shift: Parameter
    /// The moments that evaluation normalizes with.
    let runningMean, runningVariance: Parameter

    /// Reads `weight`, `bias`, `running_mean` and `running_var`, [C] each; `num_batches_tracked` is not needed.
    ///
    /// Throws `badInput` where one is missing or of another shape, or a variance is negative.
    public init(
        _ parameters: Parameters, channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1
    ) throws(Failure) {
        try prepareEngine()
        scale = try parameters.parameter("weight", [channels])
        shift = try parameters.parameter("bias", [channels])
        runningMean = try parameters.statistic("running_mean", channels: channels)
        runningVariance = try parameters.statistic("running_var", channels: channels)
        guard runningVariance.tensor.values.allSatisfy({ $0 >= 0 }) else {
            throw Failure(
                .badInput,
                "weights file \(parameters.source): '\(parameters.path("running_var"))' holds a negative variance",
                hint: "Download or save the model again.")
        }
        self.channels = channels
        self.epsilon = Float(epsilon)
        self.momentum = Float(momentum)
    }

    /// Normalizes [B, H, W, C] with the running moments or, where the network learns, with the batch's own, of which
    /// the running ones then take their share.
    public func callAsFunction(_ x: Tensor, isLearning: Bool, in workspace: Workspace) -> Tensor {
        guard isLearning else {
            return x.normalizedChannels(
                scale: scale, shift: shift, mean: runningMean.tensor, variance: runningVariance.tensor,
                epsilon: epsilon, in: workspace)
        }
        return x.normalizedChannels(scale: scale, shift: shift, epsilon: epsilon, in: workspace) {
            mean, variance in
            let count = Float(x.count / channels)
            // The running variance is unbiased, the batch's is not.
            runningMean.update { $0.approach(mean, by: momentum) }
            runningVariance.update {
                $0.approach(
                    variance.scaled(by: count / max(count - 1, 1), in: workspace), by: momentum)
            }
        }
    }
}
