import Kernels
import Tensors

extension Operation {
    /// Every operation, so small that each value's gradient can be compared with differences of the definition.
    public static let small: [Operation] =
        arithmetic
        + Activation.allCases.flatMap { [activation($0, Shape(3, 37)), gate($0, rows: 3, width: 5)] }
        + [
            linear(rows: 5, depth: 7, columns: 4),
            tableMap("map by a table's rows", Shape(2, 3, 5), columns: 4),
            convolution("convolution", .square(3, (5, 4), 3, 2)),
            convolution(
                "convolution with stride",
                ConvolutionGeometry(
                    height: 6, width: 7, inputs: 2, outputs: 3, kernel: 3, stride: 2,
                    padding: .init(top: 0, left: 0, bottom: 1, right: 1))),
            convolution("pointwise convolution", .square(1, (3, 3), 4, 5)),
            convolution(
                "patches",
                ConvolutionGeometry(
                    height: 6, width: 9, inputs: 2, outputs: 3, kernel: 3, stride: 3, padding: .init(0))),
            layerNorm(rows: 3, width: 8), groupNorm((2, 3), channels: 4, groups: 2, silu: false),
            groupNorm((2, 3), channels: 4, groups: 2, silu: true),
            selfAttention(tokens: 5, heads: 2, headWidth: 3),
            selfAttention(
                tokens: 5, heads: 2, headWidth: 3, isCausal: true),
            contextAttention(queries: 4, keys: 7, heads: 2, headWidth: 3),
        ] + rearrangements + losses + decoders + classifiers

    /// Those that work by tiles, panels or parts, so large that there are several and the last is smaller.
    public static let tiled: [Operation] = [
        sum(Shape(3, 7_001)), activation(.silu, Shape(3, 7_001)), activation(.gelu, Shape(3, 7_001)),
        gate(.gelu, rows: 130, width: 35), linear(rows: 131, depth: 150, columns: 83),
        linear(rows: 1, depth: 600, columns: 83),
        convolution("convolution by Winograd", .square(3, (34, 33), 16, 32)),
        convolution("convolution", .square(3, (19, 18), 17, 35)),
        convolution("convolution with stride", .square(3, (34, 35), 16, 33, stride: 2)),
        convolution("pointwise convolution", .square(1, (23, 17), 40, 36)),
        layerNorm(rows: 300, width: 131), groupNorm((24, 25), channels: 32, groups: 8, silu: true),
        selfAttention(tokens: 197, heads: 2, headWidth: 40),
        selfAttention(tokens: 197, heads: 2, headWidth: 40, isCausal: true),
        contextAttention(queries: 133, keys: 77, heads: 2, headWidth: 40),
        rootMeanSquareNorm(rows: 130, width: 67), batchNorm(Shape(3, 24, 25, 20)),
        groupedAttention(tokens: 131, HeadGrouping(heads: 4, keyHeads: 2, headWidth: 16, scale: 0.25)),
    ]

    /// Those that take the time in real networks, at the sizes that they have there: Stable Diffusion 1.5's UNet at
    /// 64 × 64 with guidance, CLIP ViT-B/32, a small Llama, ResNet-18 for images of 32 × 32.
    public static let measured: [Operation] = [
        convolution("convolution", .square(3, (64, 64), 320, 320)),
        convolution("convolution", .square(3, (32, 32), 640, 640)),
        convolution("convolution", .square(3, (16, 16), 1280, 1280)),
        convolution("convolution", .square(3, (8, 8), 1280, 1280)),
        convolution("convolution with stride", .square(3, (64, 64), 320, 320, stride: 2)),
        convolution("pointwise convolution", .square(1, (64, 64), 640, 320)),
        linear(rows: 4096, depth: 320, columns: 320), linear(rows: 4096, depth: 320, columns: 2560),
        linear(rows: 1024, depth: 640, columns: 5120), linear(rows: 256, depth: 1280, columns: 10240),
        gate(.gelu, rows: 8192, width: 1280), selfAttention(tokens: 4096, heads: 8, headWidth: 40),
        selfAttention(tokens: 1024, heads: 8, headWidth: 80),
        selfAttention(tokens: 256, heads: 8, headWidth: 160),
        contextAttention(queries: 4096, keys: 77, heads: 8, headWidth: 40),
        groupNorm((64, 64), channels: 320, groups: 32, silu: true), layerNorm(rows: 4096, width: 320),
        activation(.silu, Shape(2, 4096, 320)), sum(Shape(2, 64, 64, 320)),
        concatenation(Shape(2, 64, 64, 1), (640, 320)), upsampling(Shape(2, 32, 32, 640)),
        linear(rows: 400, depth: 768, columns: 3072), selfAttention(tokens: 50, heads: 12, headWidth: 64),
        activation(.quickGELU, Shape(16, 50, 3072)), linear(rows: 8, depth: 576, columns: 1536),
        groupedAttention(tokens: 128, HeadGrouping(heads: 9, keyHeads: 3, headWidth: 64)),
        rootMeanSquareNorm(rows: 1024, width: 576),
        convolution("convolution", .square(3, (32, 32), 64, 64), batch: 128),
        convolution("convolution", .square(3, (16, 16), 128, 128), batch: 128),
        convolution("convolution", .square(3, (8, 8), 256, 256), batch: 128),
        convolution("convolution", .square(3, (4, 4), 512, 512), batch: 128),
        batchNorm(Shape(128, 32, 32, 64)),
    ]
}

extension ConvolutionGeometry {
    /// Square windows around every pixel, or around some that are `stride` apart.
    fileprivate static func square(
        _ kernel: Int, _ size: (height: Int, width: Int), _ inputs: Int, _ outputs: Int, stride: Int = 1
    ) -> Self {
        ConvolutionGeometry(
            height: size.height, width: size.width, inputs: inputs, outputs: outputs, kernel: kernel,
            stride: stride, padding: .init(kernel / 2))
    }
}
