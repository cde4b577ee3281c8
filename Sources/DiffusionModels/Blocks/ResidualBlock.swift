import Diagnostics
import Layers
import Tensors

/// Two convolutions around the time embedding, added to the input (diffusers' `ResnetBlock2D`).
struct ResidualBlock: Sendable {
    private let name: String
    private let firstNorm, secondNorm: GroupNorm
    private let firstConvolution, secondConvolution: Conv2D
    private let time: TimeMap?
    /// Fits the input to the output where their channels differ.
    private let shortcut: Conv2D?
    /// What the sum of input and convolutions is divided by.
    private let divisor: Float

    /// How blocks use the embedded timestep.
    struct TimeUse {
        /// Channels of the embedded timestep.
        let width: Int
        /// Whether it scales and shifts what is normalized, or is added before the normalization.
        let scalesAndShifts: Bool
    }

    private struct TimeMap {
        let map: Linear
        let scalesAndShifts: Bool
    }

    /// Reads the block's tensors; throws `badInput` where one is missing or of another shape.
    init(
        _ parameters: Parameters, inputs: Int, outputs: Int, groups: Int, epsilon: Double,
        time use: TimeUse? = nil, divisor: Float = 1
    ) throws(Failure) {
        name = parameters.prefix
        firstNorm = try GroupNorm(
            parameters.scoped("norm1"), channels: inputs, groups: groups, epsilon: epsilon)
        firstConvolution = try Conv2D(
            parameters.scoped("conv1"), inputs: inputs, outputs: outputs, kernel: 3, padding: .init(1))
        if let use {
            let map = try Linear(
                parameters.scoped("time_emb_proj"), inputs: use.width,
                outputs: use.scalesAndShifts ? 2 * outputs : outputs)
            time = TimeMap(map: map, scalesAndShifts: use.scalesAndShifts)
        } else {
            time = nil
        }
        secondNorm = try GroupNorm(
            parameters.scoped("norm2"), channels: outputs, groups: groups, epsilon: epsilon)
        secondConvolution = try Conv2D(
            parameters.scoped("conv2"), inputs: outputs, outputs: outputs, kernel: 3, padding: .init(1))
        shortcut =
            inputs == outputs
            ? nil
            : try Conv2D(parameters.scoped("conv_shortcut"), inputs: inputs, outputs: outputs, kernel: 1)
        self.divisor = divisor
    }

    /// Maps images [B, H, W, I] to [B, H, W, O].
    func callAsFunction(_ x: Tensor, _ pass: ForwardPass) -> Tensor {
        let workspace = pass.workspace
        let result = workspace.scope {
            // Made first, so that what is normalized, often the largest tensor of all, is gone before the next.
            let hidden = workspace.tensor(x.shape.with(channels: firstConvolution.outputs))
            _ = workspace.scope {
                firstConvolution(firstNorm(x, silu: true, in: workspace), into: hidden, in: workspace)
            }
            let normal = normalized(hidden, pass)
            let fitted = shortcut?(x, in: workspace)
            let inner = secondConvolution(
                normal, adding: fitted ?? x, into: fitted.map(workspace.tensor(over:)), in: workspace)
            return divisor == 1 ? inner : inner.scaled(by: 1 / divisor, in: workspace)
        }
        pass.observer?(name, result)
        return result
    }

    /// Brings in the time and makes what the second convolution reads.
    private func normalized(_ hidden: Tensor, _ pass: ForwardPass) -> Tensor {
        let workspace = pass.workspace
        guard let time else { return secondNorm(hidden, silu: true, in: workspace) }
        guard let embedded = pass.time else { preconditionFailure("\(name) needs a timestep") }
        let rows = time.map(embedded, in: workspace)
        guard time.scalesAndShifts else {
            return secondNorm(hidden.addingToRows(rows, in: workspace), silu: true, in: workspace)
        }
        return secondNorm(hidden, in: workspace)
            .scaledAndShifted(by: rows, in: workspace).activated(.silu, in: workspace)
    }
}
