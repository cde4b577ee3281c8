import Kernels
import Tensors

/// Running means of parameters, which often do better than the parameters of any one step.
///
/// Each step moves a mean towards its parameter by the share 1 − decay (Polyak and Juditsky, 1992; PyTorch's
/// `get_ema_multi_avg_fn`, diffusers' `EMAModel`).
public final class ParameterAverage {
    /// What remains of a mean in a step.
    public let decay: Double
    /// Whether the decay is at most (1 + t) / (10 + t) at step t, so that the beginning is soon forgotten.
    public let warmsUp: Bool
    let means: [(parameter: Parameter, values: Tensor)]

    /// Begins with the parameters' values as they are.
    public init(_ parameters: [Parameter], decay: Double, warmsUp: Bool = false) {
        precondition(0...1 ~= decay, "a decay of \(decay)")
        self.decay = decay
        self.warmsUp = warmsUp
        means = parameters.map { ($0, Tensor($0.tensor.shape, $0.tensor.values)) }
    }

    /// Takes in the parameters after step t, counted from 1.
    func update(step: Int) {
        let kept = warmsUp ? min(decay, Double(1 + step) / Double(10 + step)) : decay
        for (parameter, values) in means {
            approach(values.base, parameter.tensor.base, share: Float(1 - kept), count: values.count)
        }
    }

    /// Runs `body` with the means in the parameters' places, for an evaluation or a checkpoint.
    public func inUse<Result, Trouble: Error>(_ body: () throws(Trouble) -> Result) throws(Trouble) -> Result
    {
        exchange()
        defer { exchange() }
        return try body()
    }

    private func exchange() {
        for (parameter, values) in means {
            let own = parameter.tensor.values
            parameter.update { $0.set(values) }
            values.set(own)
        }
    }
}
