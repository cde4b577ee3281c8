import Diagnostics
import Layers
import Tensors

/// Makes the blocks of a UNet, resolution by resolution, under the names of diffusers' checkpoints.
struct UNetBuilder {
    private let configuration: UNet2DConditionConfiguration
    private let parameters: Parameters
    private let time: ResidualBlock.TimeUse
    /// The attentions to the text of all blocks made so far.
    private(set) var textAttentions: [MultiHeadAttention] = []

    init(_ configuration: UNet2DConditionConfiguration, _ parameters: Parameters) {
        self.configuration = configuration
        self.parameters = parameters
        time = ResidualBlock.TimeUse(
            width: configuration.timeWidth, scalesAndShifts: configuration.timeScalesAndShifts)
    }

    /// The way down, from the finest resolution to the coarsest.
    mutating func downBlocks() throws(Failure) -> [UNetDownBlock] {
        let channels = configuration.channels
        var blocks: [UNetDownBlock] = []
        for level in channels.indices {
            let part = parameters.scoped("down_blocks.\(level)")
            var layers: [UNetLayer] = []
            for index in 0..<configuration.layers[level] {
                let inputs = index == 0 ? channels[max(level - 1, 0)] : channels[level]
                layers.append(
                    try layer(
                        part, index, level, inputs: inputs, attends: configuration.attendsDown[level]))
            }
            let downsampler =
                level == channels.count - 1
                ? nil
                : try Downsampler(
                    part.scoped("downsamplers.0"), channels: channels[level],
                    padding: configuration.downsamplingPadding)
            blocks.append(UNetDownBlock(layers: layers, downsampler: downsampler))
        }
        return blocks
    }

    /// What stands between the way down and the way up.
    mutating func middle() throws(Failure) -> UNetMiddleBlock? {
        guard configuration.middle != .absent else { return nil }
        let part = parameters.scoped("mid_block")
        let level = configuration.channels.count - 1
        let first = try residual(
            part, 0, level, inputs: configuration.channels[level], divisor: configuration.middleScale)
        guard configuration.middle == .attending else { return UNetMiddleBlock(first: first, rest: nil) }
        let transformer = try transformer(part, 0, level, attendsToTextOnly: false)
        let second = try residual(
            part, 1, level, inputs: configuration.channels[level], divisor: configuration.middleScale)
        return UNetMiddleBlock(first: first, rest: (transformer, second))
    }

    /// The way up, from the coarsest resolution to the finest.
    mutating func upBlocks() throws(Failure) -> [UNetUpBlock] {
        let channels = configuration.channels
        var blocks: [UNetUpBlock] = []
        for (block, level) in channels.indices.reversed().enumerated() {
            let part = parameters.scoped("up_blocks.\(block)")
            let count = configuration.layers[level] + 1
            var layers: [UNetLayer] = []
            for index in 0..<count {
                let below = index == 0 ? channels[min(level + 1, channels.count - 1)] : channels[level]
                // The last skip of a level is what entered it on the way down.
                let skip = index == count - 1 ? channels[max(level - 1, 0)] : channels[level]
                layers.append(
                    try layer(
                        part, index, level, inputs: below + skip, attends: configuration.attendsUp[level]))
            }
            let upsampler =
                level == 0 ? nil : try Upsampler(part.scoped("upsamplers.0"), channels: channels[level])
            blocks.append(UNetUpBlock(layers: layers, upsampler: upsampler))
        }
        return blocks
    }

    private mutating func layer(
        _ part: Parameters, _ index: Int, _ level: Int, inputs: Int, attends: Bool
    ) throws(Failure) -> UNetLayer {
        let residual = try residual(part, index, level, inputs: inputs)
        guard attends else { return UNetLayer(residual: residual, transformer: nil) }
        return UNetLayer(
            residual: residual,
            transformer: try transformer(
                part, index, level, attendsToTextOnly: configuration.attendsToTextOnly[level]))
    }

    private func residual(
        _ part: Parameters, _ index: Int, _ level: Int, inputs: Int, divisor: Float = 1
    ) throws(Failure) -> ResidualBlock {
        try ResidualBlock(
            part.scoped("resnets.\(index)"), inputs: inputs, outputs: configuration.channels[level],
            groups: configuration.groups, epsilon: configuration.epsilon, time: time, divisor: divisor)
    }

    private mutating func transformer(
        _ part: Parameters, _ index: Int, _ level: Int, attendsToTextOnly: Bool
    ) throws(Failure) -> SpatialTransformer {
        let options = SpatialTransformer.Options(
            channels: configuration.channels[level], heads: configuration.heads[level],
            layers: configuration.transformerLayers[level], contextWidth: configuration.contextWidth,
            attendsToTextOnly: attendsToTextOnly, projectsLinearly: configuration.projectsLinearly,
            groups: configuration.groups)
        return try SpatialTransformer(
            part.scoped("attentions.\(index)"), options, textAttentions: &textAttentions)
    }
}
