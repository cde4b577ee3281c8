import Kernels
import Tensors

/// Moves parameters against their gradients, by PyTorch's formulas.
public final class Optimizer {
    /// How a step follows from the gradients so far.
    public enum Method: Hashable, Sendable {
        /// Stochastic gradient descent (`torch.optim.SGD`, without dampening).
        case descent(momentum: Double = 0, isNesterov: Bool = false)
        /// Adam with decoupled decay (`torch.optim.AdamW`, without AMSGrad).
        case adamW(firstBeta: Double = 0.9, secondBeta: Double = 0.999, epsilon: Double = 1e-8)
    }

    /// The parameters that it moves.
    public let groups: [ParameterGroup]
    /// How it moves them.
    public let method: Method
    private var memories: [ObjectIdentifier: Memory] = [:]

    /// What is remembered of a parameter from step to step.
    final class Memory {
        /// The steps in which it had a gradient.
        var steps = 0
        /// Running values of the parameter's layout, in the order of `Method.runningValues`.
        let values: [Tensor]

        init(_ parameter: Parameter, count: Int) {
            values = (0..<count).map { _ in Tensor(parameter.tensor.shape) }
        }
    }

    /// Makes an optimizer; no parameter may be in two groups.
    public init(_ groups: [ParameterGroup], _ method: Method) {
        self.groups = groups
        self.method = method
        for parameter in parameters {
            let memory = Memory(parameter, count: method.runningValues.count)
            let before = memories.updateValue(memory, forKey: ObjectIdentifier(parameter))
            precondition(before == nil, "a parameter in two groups")
        }
    }

    /// All parameters, group by group.
    public var parameters: [Parameter] { groups.flatMap(\.parameters) }

    /// Moves every parameter that has a gradient one step.
    public func step(_ gradients: (Parameter) -> Tensor?, rate: Double) {
        for group in groups {
            for parameter in group.parameters {
                guard let gradient = gradients(parameter) else { continue }
                let memory = memory(of: parameter)
                memory.steps += 1
                parameter.update { move($0, gradient, memory, rate: rate * group.rateFactor, group.decay) }
            }
        }
    }

    func memory(of parameter: Parameter) -> Memory {
        guard let memory = memories[ObjectIdentifier(parameter)] else {
            preconditionFailure("a parameter of no group")
        }
        return memory
    }

    private func move(
        _ values: Tensor, _ gradient: Tensor, _ memory: Memory, rate: Double, _ decay: Double
    ) {
        switch method {
        case .descent(let momentum, let isNesterov):
            descend(
                values.base, gradient: gradient.base, momenta: memory.values[0].base, rate: Float(rate),
                momentum: Float(momentum), isNesterov: isNesterov, decay: Float(decay), count: values.count)
        case .adamW(let firstBeta, let secondBeta, let epsilon):
            let step = AdaptiveStep(
                step: memory.steps, rate: rate, betas: (firstBeta, secondBeta), epsilon: epsilon, decay: decay
            )
            descendAdaptively(
                values.base, gradient: gradient.base, means: memory.values[0].base,
                squares: memory.values[1].base, step, count: values.count)
        }
    }
}

extension Optimizer.Method {
    /// PyTorch's names of what is remembered of every parameter.
    var runningValues: [String] {
        switch self {
        case .descent: ["momentum_buffer"]
        case .adamW: ["exp_avg", "exp_avg_sq"]
        }
    }
}
