import Diagnostics
import JSONValues
import Testing

@testable import DiffusionModels

@Suite("Network configurations")
struct ArchitectureConfigurationTests {
    @Test("an empty UNet configuration is that of diffusers' defaults")
    func unetDefaults() throws {
        let unet = try UNet2DConditionConfiguration([:], source: "config.json")
        #expect(unet.channels == [320, 640, 1280, 1280])
        #expect(unet.layers == [2, 2, 2, 2])
        #expect(unet.attendsDown == [true, true, true, false])
        #expect(unet.attendsUp == [true, true, true, false])
        #expect(unet.heads == [8, 8, 8, 8])
        #expect(unet.timeWidth == 1280)
        #expect(unet.contextWidth == 1280)
        #expect(unet.middle == .attending)
        #expect(unet.sampleSize == nil)
    }

    @Test("lists hold for each resolution, single values for all")
    func lists() throws {
        let unet = try UNet2DConditionConfiguration(
            [
                "block_out_channels": [32, 64], "attention_head_dim": [2, 4], "layers_per_block": [1, 3],
                "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
                "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"], "transformer_layers_per_block": 2,
                "sample_size": [8, 12], "mid_block_type": nil,
            ], source: "config.json")
        #expect(unet.heads == [2, 4])
        #expect(unet.layers == [1, 3])
        #expect(unet.attendsDown == [false, true])
        // Listed from the coarsest; kept from the finest.
        #expect(unet.attendsUp == [false, true])
        #expect(unet.transformerLayers == [2, 2])
        #expect(unet.sampleSize == ImageSize(height: 8, width: 12))
        #expect(unet.middle == .absent)
    }

    @Test(
        "what a UNet cannot do is refused by name",
        arguments: [
            (["_class_name": "UNet3DConditionModel"], "UNet3DConditionModel"),
            (["num_attention_heads": 8], "num_attention_heads"),
            (["class_embed_type": "timestep"], "class_embed_type"),
            (["num_class_embeds": 10], "num_class_embeds"),
            (["addition_embed_type": "text_time"], "addition_embed_type"),
            (["encoder_hid_dim": 64], "encoder_hid_dim"),
            (["time_cond_proj_dim": 256], "time_cond_proj_dim"),
            (["dual_cross_attention": true], "dual_cross_attention"),
            (["time_embedding_type": "fourier"], "fourier"),
            (["attention_type": "gated"], "gated"),
            (["act_fn": "mish"], "mish"),
            (["resnet_time_scale_shift": "spatial"], "spatial"),
            (["mid_block_type": "UNetMidBlock2DSimpleCrossAttn"], "UNetMidBlock2DSimpleCrossAttn"),
            (["down_block_types": ["AttnDownBlock2D"], "block_out_channels": [32]], "AttnDownBlock2D"),
            (["block_out_channels": []], "block_out_channels"),
            (["block_out_channels": [32, -32]], "block_out_channels"),
            (["block_out_channels": [32, 64]], "down_block_types"),
            (["attention_head_dim": [8, 8]], "attention_head_dim"),
            (["attention_head_dim": 7], "attention_head_dim"),
            (["attention_head_dim": nil, "norm_num_groups": 7], "norm_num_groups"),
            (["norm_num_groups": nil], "norm_num_groups"),
            (["cross_attention_dim": [1, 2, 3, 4]], "cross_attention_dim"),
            (["in_channels": 100_000_000], "in_channels"),
            (["conv_in_kernel": 4], "conv_in_kernel"),
            (["downsample_padding": 2], "downsample_padding"),
            (["sample_size": [8]], "sample_size"),
            (["mid_block_scale_factor": 0], "mid_block_scale_factor"),
            (["freq_shift": 160], "freq_shift"),
            (["invented_option": 1], "invented_option"),
        ] as [(JSONValue, String)])
    func unetRefusals(_ options: JSONValue, _ name: String) {
        let failure = #expect(throws: Failure.self) {
            try UNet2DConditionConfiguration(options, source: "unet/config.json")
        }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains(name) == true)
        #expect(failure?.summary.contains("unet/config.json") == true)
    }

    @Test(
        "what an autoencoder cannot do is refused by name",
        arguments: [
            (["_class_name": "AsymmetricAutoencoderKL"], "AsymmetricAutoencoderKL"),
            (["down_block_types": ["AttnDownEncoderBlock2D"]], "AttnDownEncoderBlock2D"),
            (["block_out_channels": [32, 64]], "down_block_types"),
            (["latents_mean": [0, 0, 0, 0]], "latents_mean"),
            (["scaling_factor": 0], "scaling_factor"),
            (["norm_num_groups": 48], "norm_num_groups"),
            (["act_fn": "gelu"], "gelu"),
        ] as [(JSONValue, String)])
    func autoencoderRefusals(_ options: JSONValue, _ name: String) {
        let failure = #expect(throws: Failure.self) {
            try AutoencoderKLConfiguration(options, source: "vae/config.json")
        }
        #expect(failure?.summary.contains(name) == true)
        #expect(failure?.summary.contains("vae/config.json") == true)
    }

    @Test("an autoencoder's old configuration has the scaling factor of Stable Diffusion 1")
    func autoencoderDefaults() throws {
        let autoencoder = try AutoencoderKLConfiguration(
            [
                "block_out_channels": [32, 64, 64],
                "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
                "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
            ], source: "config.json")
        #expect(autoencoder.scalingFactor == 0.18215)
        #expect(autoencoder.shiftFactor == nil)
        #expect(autoencoder.downsampling == 4)
        #expect(autoencoder.attends && autoencoder.mapsMoments && autoencoder.mapsLatents)
    }
}
