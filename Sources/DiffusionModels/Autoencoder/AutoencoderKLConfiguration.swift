import Checkpoints
import Diagnostics
import JSONValues

/// The architecture of an `AutoencoderKL`, as diffusers writes it to `config.json`.
public struct AutoencoderKLConfiguration: Hashable, Sendable {
    /// Channels of the images that are encoded, and of those that are decoded.
    public let inputs, outputs: Int
    /// Channels of each resolution, the finest first.
    public let channels: [Int]
    /// Residual blocks of each resolution of the encoder; the decoder has one more.
    public let layers: Int
    /// Channels of the latents.
    public let latentChannels: Int
    /// Groups of the group normalizations.
    public let groups: Int
    /// Whether the coarsest resolution has an attention.
    public let attends: Bool
    /// Whether a map of single latent pixels follows the encoder.
    public let mapsMoments: Bool
    /// Whether a map of single latent pixels precedes the decoder.
    public let mapsLatents: Bool
    /// What latents are multiplied by for the diffusion, so that they have about unit variance.
    public let scalingFactor: Float
    /// What is taken from latents before they are scaled, or nil; some pipelines do so.
    public let shiftFactor: Float?

    /// What the group normalizations add to the variance; diffusers has it in its code.
    let epsilon = 1e-6

    /// Pixels of an image along a side for each latent pixel.
    public var downsampling: Int { 1 << (channels.count - 1) }

    /// Reads a network's configuration; whatever it asks for that is not done here is refused by name.
    public init(_ value: JSONValue, source: String) throws(Failure) {
        let fields = try JSONFields(value, source: source)
        _ = try fields.choice("_class_name", [("AutoencoderKL", true)], default: true)
        inputs = try fields.size("in_channels", default: 3)
        outputs = try fields.size("out_channels", default: 3)
        channels = try fields.sizes("block_out_channels", default: [64])
        layers = try fields.size("layers_per_block", default: 1)
        latentChannels = try fields.size("latent_channels", default: 4)
        groups = try fields.size("norm_num_groups", default: 32)
        attends = try fields.boolean("mid_block_add_attention", default: true)
        mapsMoments = try fields.boolean("use_quant_conv", default: true)
        mapsLatents = try fields.boolean("use_post_quant_conv", default: true)
        scalingFactor = Float(try fields.number("scaling_factor", default: 0.18215))
        shiftFactor = fields.value("shift_factor") == nil ? nil : Float(try fields.number("shift_factor"))
        for (key, only) in [
            ("down_block_types", "DownEncoderBlock2D"), ("up_block_types", "UpDecoderBlock2D"),
        ] {
            _ = try fields.choicePerBlock(
                key, [(only, true)], channels.count, default: channels.count == 1 ? [true] : [])
        }
        _ = try fields.choice("act_fn", [("silu", true), ("swish", true)], default: true)
        // Sizes follow from the images; everything is in float32, which is what upcasting asks for.
        fields.ignore("sample_size", "force_upcast")
        try fields.refuseUnread()

        for width in channels where !width.isMultiple(of: groups) {
            throw fields.refusal("norm_num_groups", "\(width) channels make no \(groups) equal groups")
        }
        guard scalingFactor > 0, scalingFactor.isFinite else {
            throw fields.refusal("scaling_factor", "it must be positive")
        }
    }
}
