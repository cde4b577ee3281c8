import Diagnostics
import Foundation
import Kernels
import Tensors

/// Sine waves of a time step at many frequencies, as diffusers makes them.
///
/// With half = C / 2 and f(i) = e^(−ln(period)·i / (half − shift)), the embedding of t is
/// (sin t·f(0), sin t·f(1), …, cos t·f(0), cos t·f(1), …); Ho et al., "Denoising diffusion probabilistic models"
/// (2020), after Vaswani et al. (2017), section 3.5.
public struct TimestepSinusoids: Sendable {
    /// Channels C; an odd one ends in a zero.
    public let channels: Int
    private let frequencies: [Float]
    private let cosinesFirst: Bool

    /// Prepares the frequencies; `cosinesFirst` is diffusers' `flip_sin_to_cos`, `shift` its `freq_shift`.
    public init(channels: Int, cosinesFirst: Bool, shift: Double, period: Double = 10_000) {
        precondition(channels > 1, "an embedding of \(channels) channels has no frequency")
        let half = channels / 2
        self.channels = channels
        self.cosinesFirst = cosinesFirst
        frequencies = (0..<half).map { index in
            let exponent = Float(-log(period)) * Float(index)
            return exp(exponent / Float(Double(half) - shift))
        }
    }

    /// The embeddings [B, C] of B time steps.
    public func callAsFunction(_ timesteps: [Float], in workspace: Workspace) -> Tensor {
        let result = workspace.tensor(Shape(timesteps.count, channels))
        let half = frequencies.count
        for (row, time) in timesteps.enumerated() {
            let target = result.base + row * channels
            for (index, frequency) in frequencies.enumerated() {
                target[index + (cosinesFirst ? half : 0)] = sin(time * frequency)
                target[index + (cosinesFirst ? 0 : half)] = cos(time * frequency)
            }
            if channels % 2 == 1 { target[channels - 1] = 0 }
        }
        return result
    }
}

/// The two maps that make a network's time embedding of sinusoids, SiLU between them (diffusers' names).
public struct TimestepEmbedding: Sendable {
    private let first, second: Linear

    /// Reads `linear_1` from I to C and `linear_2` from C to C.
    ///
    /// Throws `badInput` where a tensor is missing or of another shape.
    public init(_ parameters: Parameters, inputs: Int, channels: Int) throws(Failure) {
        first = try Linear(parameters.scoped("linear_1"), inputs: inputs, outputs: channels)
        second = try Linear(parameters.scoped("linear_2"), inputs: channels, outputs: channels)
    }

    /// Maps sinusoids [B, I] to embeddings [B, C].
    public func callAsFunction(_ x: Tensor, in workspace: Workspace) -> Tensor {
        workspace.scope {
            second(first(x, in: workspace).activated(.silu, in: workspace), in: workspace)
        }
    }
}
