import Diagnostics
import Layers
import Tensors

/// A residual block and the transformer after it, if there is one.
struct UNetLayer: Sendable {
    let residual: ResidualBlock
    let transformer: SpatialTransformer?

    func callAsFunction(_ x: Tensor, _ pass: ForwardPass) -> Tensor {
        let residual = residual(x, pass)
        return transformer?(residual, pass) ?? residual
    }
}

/// One resolution on the way down (`DownBlock2D`, `CrossAttnDownBlock2D`).
struct UNetDownBlock: Sendable {
    let layers: [UNetLayer]
    /// Leads to the next resolution; nil on the coarsest.
    let downsampler: Downsampler?

    /// Maps images, and keeps what each layer and the downsampling make for the way up.
    func callAsFunction(_ x: Tensor, skips: inout [Tensor], _ pass: ForwardPass) -> Tensor {
        var x = x
        for layer in layers {
            x = pass.block([x]) { layer($0[0], $1) }
            skips.append(x)
        }
        if let downsampler {
            x = downsampler(x, pass)
            skips.append(x)
        }
        return x
    }
}

/// What the coarsest resolution passes through between down and up (`UNetMidBlock2DCrossAttn`).
struct UNetMiddleBlock: Sendable {
    let first: ResidualBlock
    /// Nil where the first residual block is all there is.
    let rest: (transformer: SpatialTransformer, second: ResidualBlock)?

    func callAsFunction(_ x: Tensor, _ pass: ForwardPass) -> Tensor {
        let result = pass.workspace.scope {
            let x = pass.block([x]) { first($0[0], $1) }
            guard let rest else { return x }
            return pass.block([x]) { rest.second(rest.transformer($0[0], $1), $1) }
        }
        pass.observer?("mid_block", result)
        return result
    }
}

/// One resolution on the way up (`UpBlock2D`, `CrossAttnUpBlock2D`).
struct UNetUpBlock: Sendable {
    let layers: [UNetLayer]
    /// Leads to the next resolution; nil on the finest.
    let upsampler: Upsampler?

    /// Maps images, each layer together with what the way down has kept last.
    func callAsFunction(_ x: Tensor, skips: inout [Tensor], _ pass: ForwardPass) -> Tensor {
        var x = x
        for layer in layers {
            let skip = skips.removeLast()
            x = pass.block([x, skip]) {
                layer($0[0].concatenated(channelsOf: $0[1], in: $1.workspace), $1)
            }
        }
        // Where a size was odd on the way down, doubling would miss it.
        guard let upsampler, let next = skips.last else { return x }
        return upsampler(x, to: ImageSize(height: next.shape[1], width: next.shape[2]), pass)
    }
}
