import Diagnostics
import Kernels
import Tensors
import Testing

@testable import CLIPModels
@testable import DiffusionModels

/// Gradients of whole networks against PyTorch's autograd.
@Suite struct NetworkGradientTests {
    private let workspace = Workspace()
    private let tape = Tape()
    private let list = ParameterList()

    init() throws { try prepareEngine() }

    @Test(arguments: ["sd1", "uneven", "rare", "bare"])
    func unet(_ name: String) throws {
        let golden = try GradientGolden("DiffusionUNet/\(name)")
        let unet = try UNet2DCondition(
            UNet2DConditionConfiguration(golden.configuration(), source: "config.json"),
            golden.parameters(list))
        let (sample, context) = (try golden.input("sample"), try golden.input("context"))
        let timesteps = try golden.values("timesteps").map { Int($0) }
        func loss(isCheckpointed: Bool = false) -> Float {
            let output = unet(
                sample, timesteps: timesteps, conditioning: unet.condition(on: context, in: workspace),
                in: workspace, isCheckpointed: isCheckpointed)
            let loss = output.meanSquaredError(Tensor(sample.shape, sample.values), in: workspace)
            tape.differentiate(loss)
            return loss.values[0]
        }
        let hasContext = name != "bare"

        // The conditioning alone: no gradient of a weight is made.
        workspace.tape = tape
        tape.watch(context)
        let value = loss()
        #expect(abs(value - (try golden.loss)) < 1e-5 * value)
        let alone = tape.arrivedGradient(of: context)
        #expect(hasContext == (alone != nil))
        if hasContext { #expect(try golden.error(alone, ofInput: "context") < 1e-4) }
        #expect(list.parameters.allSatisfy { tape.arrivedGradient(of: $0.tensor) == nil })

        tape.clear()
        tape.watch(sample)
        tape.watch(list.parameters)
        #expect(loss() == value)
        #expect(try golden.error(tape.arrivedGradient(of: sample), ofInput: "sample") < 1e-4)
        if hasContext {
            #expect(try golden.error(tape.arrivedGradient(of: context), ofInput: "context") < 1e-4)
        }
        try golden.check(list.parameters, tape)

        // Computing blocks again on the way back changes no bit.
        let gradients = list.parameters.map { tape.arrivedGradient(of: $0.tensor)?.values ?? [] }
        tape.clear()
        #expect(loss(isCheckpointed: true) == value)
        #expect(list.parameters.map { tape.arrivedGradient(of: $0.tensor)?.values ?? [] } == gradients)
    }

    @Test(arguments: ["sd", "plain"])
    func autoencoder(_ name: String) throws {
        let golden = try GradientGolden("DiffusionAutoencoder/\(name)")
        let autoencoder = try AutoencoderKL(
            AutoencoderKLConfiguration(golden.configuration(), source: "config.json"),
            golden.parameters(list))
        let (pixels, noise) = (try golden.input("pixels"), try golden.input("latents"))
        workspace.tape = tape
        tape.watch(pixels)
        tape.watch(list.parameters)
        for isCheckpointed in [false, true] {
            tape.clear()
            let moments = autoencoder.encode(pixels, in: workspace, isCheckpointed: isCheckpointed)
            let latents = autoencoder.sample(moments, noise: noise, in: workspace)
            let loss = autoencoder.decode(latents, in: workspace, isCheckpointed: isCheckpointed)
                .meanSquaredError(Tensor(pixels.shape, pixels.values), in: workspace)
            tape.differentiate(loss)
            #expect(abs(loss.values[0] - (try golden.loss)) < 1e-5 * loss.values[0])
            #expect(try golden.error(tape.arrivedGradient(of: pixels), ofInput: "pixels") < 1e-4)
            try golden.check(list.parameters, tape)
        }
    }

    @Test func textEncoder() throws {
        let golden = try GradientGolden("CLIP/text-projection")
        let encoder = try CLIPTextEncoder(directory: golden.folder, list: list)
        let tokens = try golden.values("tokens").map { Int($0) }
        workspace.tape = tape
        tape.watch(list.parameters)
        let texts = stride(from: 0, to: tokens.count, by: 6).map { Array(tokens[$0..<$0 + 6]) }
        try check(try encoder.features(of: texts, in: workspace), golden)
    }

    @Test func imageEncoder() throws {
        let golden = try GradientGolden("CLIP/vision-projection")
        let encoder = try CLIPVisionEncoder(directory: golden.folder, list: list)
        let pixels = try golden.input("pixels")
        workspace.tape = tape
        tape.watch(pixels)
        tape.watch(list.parameters)
        try check(try encoder.features(of: pixels, in: workspace), golden)
        #expect(try golden.error(tape.arrivedGradient(of: pixels), ofInput: "pixels") < 1e-4)
    }

    /// The gradients of the mean of the features' squares.
    private func check(_ features: Tensor, _ golden: GradientGolden) throws {
        let loss = features.meanSquaredError(Tensor(features.shape), in: workspace)
        tape.differentiate(loss)
        #expect(abs(loss.values[0] - (try golden.loss)) < 1e-5 * loss.values[0])
        try golden.check(list.parameters, tape)
    }
}
