import Diagnostics
import Layers
import Tensors

/// The network that predicts the noise in latents, told a timestep and a text (diffusers' `UNet2DConditionModel`).
///
/// Rombach and others, "High-resolution image synthesis with latent diffusion models" (2022).
public struct UNet2DCondition: Sendable {
    /// The architecture.
    public let configuration: UNet2DConditionConfiguration
    private let sinusoids: TimestepSinusoids
    private let timeEmbedding: TimestepEmbedding
    private let entrance: Conv2D
    private let downBlocks: [UNetDownBlock]
    private let middle: UNetMiddleBlock?
    private let upBlocks: [UNetUpBlock]
    private let exitNorm: GroupNorm
    private let exit: Conv2D
    /// All attentions to the text, in the order of their places.
    private let textAttentions: [MultiHeadAttention]

    /// Reads the network's tensors; throws `badInput` where one is missing or of another shape.
    public init(_ configuration: UNet2DConditionConfiguration, _ parameters: Parameters) throws(Failure) {
        self.configuration = configuration
        let finest = configuration.channels[0]
        sinusoids = TimestepSinusoids(
            channels: finest, cosinesFirst: configuration.cosinesFirst, shift: configuration.frequencyShift)
        timeEmbedding = try TimestepEmbedding(
            parameters.scoped("time_embedding"), inputs: finest, channels: configuration.timeWidth)
        entrance = try Conv2D(
            parameters.scoped("conv_in"), inputs: configuration.inputs, outputs: finest,
            kernel: configuration.inputKernel, padding: .init(configuration.inputKernel / 2))
        var builder = UNetBuilder(configuration, parameters)
        downBlocks = try builder.downBlocks()
        middle = try builder.middle()
        upBlocks = try builder.upBlocks()
        textAttentions = builder.textAttentions
        exitNorm = try GroupNorm(
            parameters.scoped("conv_norm_out"), channels: finest, groups: configuration.groups,
            epsilon: configuration.epsilon)
        exit = try Conv2D(
            parameters.scoped("conv_out"), inputs: finest, outputs: configuration.outputs,
            kernel: configuration.outputKernel, padding: .init(configuration.outputKernel / 2))
    }

    /// A text as the network's attentions read it; the same at every step, so that it is made but once.
    public struct TextConditioning {
        let keysAndValues: [Tensor]
        /// B, the number of texts.
        public let batch: Int
    }

    /// Prepares texts, [B, T, C]; the result is good as long as the workspace's scope.
    public func condition(on text: Tensor, in workspace: Workspace) -> TextConditioning {
        TextConditioning(
            keysAndValues: textAttentions.map { $0.keysAndValues(of: text, in: workspace) },
            batch: text.shape.batch)
    }

    /// Predicts from latents [B, H, W, C], each with its timestep and text, an output [B, H, W, C].
    ///
    /// - Parameter isCheckpointed: whether gradients are to take the memory of one block at a time, and the time of a
    ///   second forward pass.
    public func callAsFunction(
        _ latents: Tensor, timesteps: [Int], conditioning: TextConditioning, in workspace: Workspace,
        isCheckpointed: Bool = false, observer: Observer? = nil
    ) -> Tensor {
        precondition(
            timesteps.count == latents.shape.batch && conditioning.batch == latents.shape.batch,
            "\(latents.shape) latents, \(timesteps.count) timesteps, \(conditioning.batch) texts")
        return workspace.scope {
            let time = timeEmbedding(sinusoids(timesteps.map(Float.init), in: workspace), in: workspace)
            observer?("time_embedding", time)
            let pass = ForwardPass(
                workspace: workspace, time: time.activated(.silu, in: workspace),
                text: conditioning.keysAndValues, observer: observer, isCheckpointed: isCheckpointed)

            let centred =
                configuration.centersInput ? latents.scaled(by: 2, plus: -1, in: workspace) : latents
            var x = entrance(centred, in: workspace)
            observer?("conv_in", x)
            var skips = [x]
            skips.reserveCapacity(downBlocks.reduce(1) { $0 + $1.layers.count + 1 })
            for block in downBlocks { x = block(x, skips: &skips, pass) }
            if let middle { x = middle(x, pass) }
            for block in upBlocks { x = workspace.scope { block(x, skips: &skips, pass) } }
            let output = exit(exitNorm(x, silu: true, in: workspace), in: workspace)
            observer?("conv_out", output)
            return output
        }
    }
}
