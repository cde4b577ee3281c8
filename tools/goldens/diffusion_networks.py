"""UNet2DConditionModel and AutoencoderKL: small random checkpoints and the intermediates of one forward."""

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel

from fixtures import FIXTURES, randomize, record, save_golden, save_half

# Each differs from the others in what published configurations differ in.
UNETS = {
    # As Stable Diffusion 1: an int `attention_head_dim` (really the number of heads), convolution projections,
    # a block without attention.
    "sd1": dict(
        options=dict(
            sample_size=8, block_out_channels=(8, 16), layers_per_block=1, attention_head_dim=4,
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
            cross_attention_dim=12, norm_num_groups=8),
        latent=(8, 8), tokens=7, timesteps=[981, 1], seed=1),
    # As Stable Diffusion 2: heads per block, linear projections; an uneven channel list and a size that the
    # downsampling does not divide, so that the upsampling has to be told where to go.
    "uneven": dict(
        options=dict(
            sample_size=[12, 6], block_out_channels=(8, 20, 12), layers_per_block=1, attention_head_dim=[2, 5, 3],
            down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
            use_linear_projection=True, upcast_attention=True, cross_attention_dim=10, norm_num_groups=4,
            flip_sin_to_cos=False, freq_shift=1),
        latent=(12, 6), tokens=5, timesteps=[500, 37], seed=2),
    # Rarer options, each of which some published model sets.
    "rare": dict(
        options=dict(
            sample_size=8, in_channels=8, out_channels=8, block_out_channels=(8, 8), layers_per_block=[1, 2],
            attention_head_dim=2, down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"), cross_attention_dim=6,
            transformer_layers_per_block=[2, 1], only_cross_attention=[True, False],
            resnet_time_scale_shift="scale_shift", center_input_sample=True, mid_block_scale_factor=1.5,
            mid_block_type="UNetMidBlock2D", norm_num_groups=2, norm_eps=1e-6, time_embedding_dim=20,
            conv_in_kernel=1, conv_out_kernel=5),
        latent=(4, 6), tokens=3, timesteps=[999, 0], seed=3),
    # No attention anywhere, no middle, odd sizes.
    "bare": dict(
        options=dict(
            sample_size=5, block_out_channels=(8, 12), layers_per_block=2, cross_attention_dim=4,
            down_block_types=("DownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "UpBlock2D"),
            mid_block_type=None, norm_num_groups=4, downsample_padding=0),
        latent=(5, 7), tokens=2, timesteps=[3, 3], seed=4),
}

AUTOENCODERS = {
    "sd": dict(
        options=dict(
            sample_size=16, block_out_channels=(8, 16), layers_per_block=1, latent_channels=4, norm_num_groups=4,
            down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2),
        image=(16, 16), seed=11),
    "plain": dict(
        options=dict(
            sample_size=24, block_out_channels=(8, 12, 8), layers_per_block=2, latent_channels=8,
            norm_num_groups=2, down_block_types=("DownEncoderBlock2D",) * 3,
            up_block_types=("UpDecoderBlock2D",) * 3, use_quant_conv=False, use_post_quant_conv=False,
            mid_block_add_attention=False, scaling_factor=0.3611, shift_factor=0.1159),
        image=(16, 24), seed=12),
}


def unet(name, options, latent, tokens, timesteps, seed):
    model = randomize(UNet2DConditionModel(**options), seed)
    folder = FIXTURES / "DiffusionUNet" / name
    save_half(model, folder)

    names = ["conv_in", "time_embedding", "conv_out"]
    for kind in ("down_blocks", "up_blocks"):
        for index, block in enumerate(getattr(model, kind)):
            for part in ("resnets", "attentions", "downsamplers", "upsamplers"):
                names += [f"{kind}.{index}.{part}.{i}" for i in range(len(getattr(block, part, None) or []))]
    if model.mid_block is not None:
        names += ["mid_block.resnets.0"]
        names += [f"mid_block.attentions.{i}" for i in range(len(model.mid_block.attentions))]
        names += ["mid_block"]
    outputs = record(model, names)

    generator = torch.Generator().manual_seed(seed)
    sample = torch.randn(len(timesteps), options.get("in_channels", 4), *latent, generator=generator)
    context = torch.randn(len(timesteps), tokens, options["cross_attention_dim"], generator=generator)
    model(sample, torch.tensor(timesteps), encoder_hidden_states=context)
    save_golden(
        {"sample": sample, "timesteps": torch.tensor(timesteps), "context": context, **outputs},
        folder / "golden.safetensors")


def autoencoder(name, options, image, seed):
    model = randomize(AutoencoderKL(**options), seed)
    folder = FIXTURES / "DiffusionAutoencoder" / name
    save_half(model, folder)

    names = ["encoder.conv_in", "encoder.mid_block", "encoder", "decoder.conv_in", "decoder.mid_block", "decoder"]
    names += [f"encoder.down_blocks.{i}" for i in range(len(model.encoder.down_blocks))]
    names += [f"decoder.up_blocks.{i}" for i in range(len(model.decoder.up_blocks))]
    outputs = record(model, names)

    generator = torch.Generator().manual_seed(seed)
    pixels = torch.rand(1, 3, *image, generator=generator) * 2 - 1
    distribution = model.encode(pixels).latent_dist
    latents = torch.randn(distribution.mean.shape, generator=generator)
    save_golden(
        {"pixels": pixels, "mean": distribution.mean, "logvar": distribution.logvar, "latents": latents,
         "decoded": model.decode(latents).sample, **outputs},
        folder / "golden.safetensors")


def main():
    for name, case in UNETS.items():
        unet(name, **case)
    for name, case in AUTOENCODERS.items():
        autoencoder(name, **case)


if __name__ == "__main__":
    main()
