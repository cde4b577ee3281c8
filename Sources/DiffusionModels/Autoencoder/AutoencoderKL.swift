import Diagnostics
import Layers
import Tensors

/// The network between images and the latents that the diffusion works on (diffusers' `AutoencoderKL`).
///
/// Rombach and others, "High-resolution image synthesis with latent diffusion models" (2022), section 3.1.
public struct AutoencoderKL: Sendable {
    /// The architecture.
    public let configuration: AutoencoderKLConfiguration
    private let encoder: Half?
    private let decoder: Half
    private let momentsMap, latentsMap: Conv2D?

    /// Reads the network's tensors; throws `badInput` where one is missing or of another shape.
    ///
    /// - Parameter encodes: whether the encoder is read, too.
    public init(
        _ configuration: AutoencoderKLConfiguration, _ parameters: Parameters, encodes: Bool = true
    ) throws(Failure) {
        self.configuration = configuration
        encoder = encodes ? try Half(encoderOf: configuration, parameters.scoped("encoder")) : nil
        decoder = try Half(decoderOf: configuration, parameters.scoped("decoder"))
        func map(_ name: String, _ channels: Int, _ exists: Bool) throws(Failure) -> Conv2D? {
            guard exists else { return nil }
            return try Conv2D(parameters.scoped(name), inputs: channels, outputs: channels, kernel: 1)
        }
        let latents = configuration.latentChannels
        momentsMap = try map("quant_conv", 2 * latents, encodes && configuration.mapsMoments)
        latentsMap = try map("post_quant_conv", latents, configuration.mapsLatents)
    }

    /// Whether the encoder was read.
    public var encodes: Bool { encoder != nil }

    /// Encodes images [B, H, W, 3], values from -1 to 1, to the distributions of their latents; the encoder must be there.
    ///
    /// The result [B, H/f, W/f, 2Z] holds for each latent pixel Z means and then the logarithms of Z variances, as
    /// they come: `sample` clamps them.
    ///
    /// - Parameter isCheckpointed: whether gradients are to take the memory of one block at a time, and the time of a
    ///   second forward pass.
    public func encode(
        _ images: Tensor, in workspace: Workspace, isCheckpointed: Bool = false, observer: Observer? = nil
    ) -> Tensor {
        guard let encoder else { preconditionFailure("an autoencoder without its encoder") }
        return workspace.scope {
            let moments = encoder(
                images,
                ForwardPass(workspace: workspace, observer: observer, isCheckpointed: isCheckpointed))
            return momentsMap?(moments, in: workspace) ?? moments
        }
    }

    /// Draws latents [B, H, W, Z] from distributions [B, H, W, 2Z], with standard normal noise [B, H, W, Z].
    public func sample(_ moments: Tensor, noise: Tensor, in workspace: Workspace) -> Tensor {
        moments.gaussianSample(noise: noise, in: workspace)
    }

    /// Decodes latents [B, H, W, Z] to images [B, fH, fW, 3], values mostly from -1 to 1.
    ///
    /// Latents of a diffusion are divided by the scaling factor first.
    ///
    /// - Parameter isCheckpointed: as of `encode`.
    public func decode(
        _ latents: Tensor, in workspace: Workspace, isCheckpointed: Bool = false, observer: Observer? = nil
    ) -> Tensor {
        workspace.scope {
            decoder(
                latentsMap?(latents, in: workspace) ?? latents,
                ForwardPass(workspace: workspace, observer: observer, isCheckpointed: isCheckpointed))
        }
    }
}

/// The encoder or the decoder: a first convolution, levels and a middle, a last convolution.
private struct Half: Sendable {
    private let name: String
    private let entrance: Conv2D
    private let levelsBefore: [AutoencoderLevel]
    private let middle: AutoencoderMiddle
    private let levelsAfter: [AutoencoderLevel]
    private let exitNorm: GroupNorm
    private let exit: Conv2D

    init(encoderOf configuration: AutoencoderKLConfiguration, _ parameters: Parameters) throws(Failure) {
        let channels = configuration.channels
        var levels: [AutoencoderLevel] = []
        for level in channels.indices {
            let part = parameters.scoped("down_blocks.\(level)")
            let isLast = level == channels.count - 1
            levels.append(
                AutoencoderLevel(
                    name: part.prefix,
                    residuals: try Self.residuals(
                        part, configuration, configuration.layers, inputs: channels[max(level - 1, 0)],
                        outputs: channels[level]),
                    resampler: isLast
                        ? .none
                        : .down(
                            try Downsampler(
                                part.scoped("downsamplers.0"), channels: channels[level], padding: 0))))
        }
        try self.init(
            parameters, configuration, inputs: configuration.inputs,
            outputs: 2 * configuration.latentChannels,
            first: channels[0], last: channels[channels.count - 1], before: levels, after: [])
    }

    init(decoderOf configuration: AutoencoderKLConfiguration, _ parameters: Parameters) throws(Failure) {
        let channels = [Int](configuration.channels.reversed())
        var levels: [AutoencoderLevel] = []
        for level in channels.indices {
            let part = parameters.scoped("up_blocks.\(level)")
            let isLast = level == channels.count - 1
            levels.append(
                AutoencoderLevel(
                    name: part.prefix,
                    residuals: try Self.residuals(
                        part, configuration, configuration.layers + 1, inputs: channels[max(level - 1, 0)],
                        outputs: channels[level]),
                    resampler: isLast
                        ? .none
                        : .up(try Upsampler(part.scoped("upsamplers.0"), channels: channels[level]))))
        }
        try self.init(
            parameters, configuration, inputs: configuration.latentChannels, outputs: configuration.outputs,
            first: channels[0], last: channels[channels.count - 1], before: [], after: levels)
    }

    private init(
        _ parameters: Parameters, _ configuration: AutoencoderKLConfiguration, inputs: Int, outputs: Int,
        first: Int, last: Int, before: [AutoencoderLevel], after: [AutoencoderLevel]
    ) throws(Failure) {
        name = parameters.prefix
        entrance = try Conv2D(
            parameters.scoped("conv_in"), inputs: inputs, outputs: first, kernel: 3, padding: .init(1))
        levelsBefore = before
        middle = try AutoencoderMiddle(
            parameters.scoped("mid_block"), configuration, channels: before.isEmpty ? first : last)
        levelsAfter = after
        exitNorm = try GroupNorm(
            parameters.scoped("conv_norm_out"), channels: last, groups: configuration.groups,
            epsilon: configuration.epsilon)
        exit = try Conv2D(
            parameters.scoped("conv_out"), inputs: last, outputs: outputs, kernel: 3, padding: .init(1))
    }

    private static func residuals(
        _ parameters: Parameters, _ configuration: AutoencoderKLConfiguration, _ count: Int, inputs: Int,
        outputs: Int
    ) throws(Failure) -> [ResidualBlock] {
        var blocks: [ResidualBlock] = []
        for index in 0..<count {
            blocks.append(
                try ResidualBlock(
                    parameters.scoped("resnets.\(index)"), inputs: index == 0 ? inputs : outputs,
                    outputs: outputs, groups: configuration.groups, epsilon: configuration.epsilon))
        }
        return blocks
    }

    func callAsFunction(_ x: Tensor, _ pass: ForwardPass) -> Tensor {
        let workspace = pass.workspace
        let result = workspace.scope {
            var x = entrance(x, in: workspace)
            pass.observer?(name + ".conv_in", x)
            for level in levelsBefore { x = level(x, pass) }
            x = middle(x, pass)
            for level in levelsAfter { x = level(x, pass) }
            return exit(exitNorm(x, silu: true, in: workspace), in: workspace)
        }
        pass.observer?(name, result)
        return result
    }
}
