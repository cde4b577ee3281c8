import Checkpoints
import Diagnostics
import JSONValues

/// The architecture of a `UNet2DConditionModel`, as diffusers writes it to `config.json`.
///
/// Lists hold one entry for each resolution, the finest first.
public struct UNet2DConditionConfiguration: Hashable, Sendable {
    /// The height and width of the latents that the network was trained on, or nil where the file is silent.
    public let sampleSize: ImageSize?
    /// Channels of the latents, and of the prediction.
    public let inputs, outputs: Int
    /// Channels of each resolution.
    public let channels: [Int]
    /// Residual blocks of each resolution on the way down; on the way up there is one more.
    public let layers: [Int]
    /// Whether each resolution attends to the text on the way down.
    public let attendsDown: [Bool]
    /// Whether each resolution attends to the text on the way up.
    public let attendsUp: [Bool]
    /// What stands between the way down and the way up.
    public let middle: Middle
    /// Heads N of each resolution's attentions.
    ///
    /// The file calls them `attention_head_dim`: diffusers has kept that name, although the value has always been
    /// used as a number of heads (diffusers issue 2011).
    public let heads: [Int]
    /// Transformer blocks of each resolution's attentions.
    public let transformerLayers: [Int]
    /// Whether each resolution's first attention, too, attends to the text and not to the image.
    public let attendsToTextOnly: [Bool]
    /// Channels of the text embeddings.
    public let contextWidth: Int
    /// Whether attentions enter and leave through linear maps, not through convolutions.
    public let projectsLinearly: Bool
    /// Groups of the group normalizations.
    public let groups: Int
    /// What the group normalizations add to the variance.
    public let epsilon: Double
    /// Whether the time embedding scales and shifts after the normalization, or is added before it.
    public let timeScalesAndShifts: Bool
    /// Channels of the embedded timestep.
    public let timeWidth: Int
    /// Whether the cosines of the timestep come before the sines.
    public let cosinesFirst: Bool
    /// What is taken from the number of frequencies when they are spaced.
    public let frequencyShift: Double
    /// Whether latents are first doubled and lowered by 1.
    public let centersInput: Bool
    /// What the middle block's residuals are divided by.
    public let middleScale: Float
    /// Pixels of zeros around the input of a downsampling; 0 stands for one row and column after it.
    public let downsamplingPadding: Int
    /// Kernel sides of the first and the last convolution.
    public let inputKernel, outputKernel: Int

    /// What stands between the way down and the way up.
    public enum Middle: Hashable, Sendable {
        /// Nothing.
        case absent
        /// One residual block.
        case residual
        /// Two residual blocks and a transformer between them.
        case attending
    }

    /// The fewest latent pixels along a side; without zeros around, downsampling needs more than one.
    public var leastSide: Int { downsamplingPadding == 0 ? 1 << (channels.count - 1) : 1 }

    /// Reads a network's configuration; whatever it asks for that is not done here is refused by name.
    public init(_ value: JSONValue, source: String) throws(Failure) {
        let fields = try JSONFields(value, source: source)
        _ = try fields.choice("_class_name", [("UNet2DConditionModel", true)], default: true)
        sampleSize = try fields.imageSize("sample_size")
        inputs = try fields.size("in_channels", default: 4)
        outputs = try fields.size("out_channels", default: 4)
        channels = try fields.sizes("block_out_channels", default: [320, 640, 1280, 1280])
        let count = channels.count
        layers = try fields.sizePerBlock("layers_per_block", count, default: 2)

        let down = [("DownBlock2D", false), ("CrossAttnDownBlock2D", true)]
        let up = [("UpBlock2D", false), ("CrossAttnUpBlock2D", true)]
        let published = [true, true, true, false]
        attendsDown = try fields.choicePerBlock("down_block_types", down, count, default: published)
        attendsUp = try fields.choicePerBlock("up_block_types", up, count, default: published.reversed())
            .reversed()
        // An explicit null means that there is no middle; a missing field has diffusers' default.
        let hasMiddle = value.object?["mid_block_type"] != .null
        let middles = [("UNetMidBlock2DCrossAttn", Middle.attending), ("UNetMidBlock2D", .residual)]
        middle = try fields.choice("mid_block_type", middles, default: hasMiddle ? .attending : .absent)

        if fields.value("num_attention_heads") != nil {
            throw fields.refusal("num_attention_heads", "diffusers itself takes only attention_head_dim")
        }
        heads = try fields.sizePerBlock("attention_head_dim", count, default: 8)
        transformerLayers = try fields.sizePerBlock("transformer_layers_per_block", count, default: 1)
        attendsToTextOnly = try fields.flagPerBlock("only_cross_attention", count)
        let widths = try fields.sizePerBlock("cross_attention_dim", count, default: 1280)
        contextWidth = widths[0]
        guard widths.allSatisfy({ $0 == widths[0] }) else {
            throw fields.refusal("cross_attention_dim", "one text cannot have several widths")
        }
        projectsLinearly = try fields.boolean("use_linear_projection", default: false)

        if value.object?["norm_num_groups"] == .null {
            throw fields.refusal("norm_num_groups", "a network without normalization is not supported")
        }
        groups = try fields.size("norm_num_groups", default: 32)
        epsilon = try fields.number("norm_eps", default: 1e-5)
        timeScalesAndShifts = try fields.choice(
            "resnet_time_scale_shift", [("default", false), ("scale_shift", true)], default: false)
        timeWidth = try fields.size("time_embedding_dim", default: 4 * channels[0])
        cosinesFirst = try fields.boolean("flip_sin_to_cos", default: true)
        frequencyShift = try fields.number("freq_shift", default: 0)
        centersInput = try fields.boolean("center_input_sample", default: false)
        middleScale = Float(try fields.number("mid_block_scale_factor", default: 1))
        downsamplingPadding = try fields.integer("downsample_padding", default: 1)
        inputKernel = try fields.kernelSide("conv_in_kernel", default: 3)
        outputKernel = try fields.kernelSide("conv_out_kernel", default: 3)

        try Self.refuseDepartures(fields)
        try fields.refuseUnread()
        try check(fields)
    }

    /// Refuses sizes that do not fit each other.
    private func check(_ fields: JSONFields) throws(Failure) {
        for level in channels.indices {
            let attends =
                attendsDown[level] || attendsUp[level]
                || (level == channels.count - 1 && middle == .attending)
            guard attends, !channels[level].isMultiple(of: heads[level]) else { continue }
            throw fields.refusal(
                "attention_head_dim", "\(heads[level]) heads do not share \(channels[level]) channels evenly")
        }
        for width in channels where !width.isMultiple(of: groups) {
            throw fields.refusal("norm_num_groups", "\(width) channels make no \(groups) equal groups")
        }
        guard channels[0] > 1, Double(channels[0] / 2) > frequencyShift else {
            throw fields.refusal("freq_shift", "it leaves no frequency for \(channels[0]) channels")
        }
        guard 0...1 ~= downsamplingPadding else {
            throw fields.refusal("downsample_padding", "only 0 and 1 are supported")
        }
        guard middleScale > 0 else { throw fields.refusal("mid_block_scale_factor", "it must be positive") }
        guard epsilon > 0 else { throw fields.refusal("norm_eps", "it must be positive") }
    }

    /// Refuses what other published networks ask for, where it departs from what is computed here.
    private static func refuseDepartures(_ fields: JSONFields) throws(Failure) {
        let unsupported = [
            "dual_cross_attention", "class_embeddings_concat", "resnet_skip_time_act",
            "mid_block_only_cross_attention",
        ]
        for key in unsupported where try fields.boolean(key, default: false) {
            throw fields.refusal(key, "only false is supported")
        }
        if try fields.number("resnet_out_scale_factor", default: 1) != 1 {
            throw fields.refusal("resnet_out_scale_factor", "only 1 is supported")
        }
        _ = try fields.choice("time_embedding_type", [("positional", true)], default: true)
        _ = try fields.choice("attention_type", [("default", true)], default: true)
        _ = try fields.choice("act_fn", [("silu", true), ("swish", true)], default: true)
        // Dropout is for training; attention is always in float32, which is what upcasting asks for; the number of
        // heads belongs to an addition_embed_type, which is refused.
        fields.ignore("dropout", "upcast_attention", "addition_embed_type_num_heads")
    }
}
