import Arguments
import Diagnostics
import DiffusionModels
import JSONValues
import Kernels
import Randomness
import StageKit

/// What the command line says about how images are made.
enum GenerateOptions {
    static let model = Argument<String>.required(
        "model", .path("DIR"), "a diffusion pipeline's folder, or starter:diffusion")
    static let per = Argument<Int>.option(
        "per", .integer(in: 1...100_000), default: 4, "images for each conditioning")
    static let guidance = Argument<Double>.option(
        "guidance", .real(in: 0...100), default: 2.5, "classifier-free guidance scale")
    static let steps = Argument<Int>.option(
        "steps", .integer(in: 1...1_000), default: 50, "sampling steps")
    static let sampler = Argument<SamplerKind>.option(
        "sampler", .choice(of: SamplerKind.self), default: .ddim, "the sampler")
    static let eta = Argument<Double>.option(
        "eta", .real(in: 0...1), default: 0, "how much of the removed noise DDIM replaces by fresh noise")
    static let noise = Argument<NoiseKind>.option(
        "noise", .choice(of: NoiseKind.self), default: .philox,
        "where noise comes from: our Philox streams, or PyTorch's CPU generator bit for bit")
    static let precision = Argument<Precision>.option(
        "precision", .choice(of: Precision.self), default: .float32,
        "what weights and activations are rounded to where they are multiplied")
    static let size = Argument<PixelSize?>.optional(
        "size", PixelSize.format, "width and height in pixels (default: the size the model was trained on)")

    static let syntax = CommandSyntax(
        "figment-generate", "makes images from conditionings",
        discussion: """
            Each image has a seed of its own, drawn from --seed, the conditioning and its number, and recorded \
            with it; its bytes depend on nothing else of the run. The defaults are SynCLR's (Tian et al., CVPR \
            2024): 4 images a caption, DDIM, 50 steps, guidance 2.5. --precision bfloat16 takes half the memory for \
            weights and less time, and makes slightly other images. --from selects ids of conditionings.
            """,
        [model, per, guidance, steps, sampler, eta, noise, precision, size, CommonArguments.seed])
}

/// A width and a height as they are typed: 512x512.
struct PixelSize: Hashable, Sendable {
    let width: Int
    let height: Int

    static let format = ValueFormat<PixelSize>(
        placeholder: "WxH", expectation: "a width and a height such as 512x512",
        read: { word in
            let parts = word.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
            guard parts.count == 2, let width = parts[0], let height = parts[1],
                (1...65_536).contains(width), (1...65_536).contains(height)
            else { return nil }
            return PixelSize(width: width, height: height)
        },
        json: { .string("\($0.width)x\($0.height)") })
}
