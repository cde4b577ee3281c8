import Testing

@testable import Kernels

/// A kernel on a batch of images, each of `imageSize` floats, to images of `outputSize` floats.
struct BatchKernel: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let imageSize: Int
    let outputSize: Int
    let run: @Sendable (_ x: [Float], _ out: MutableFloats, _ batch: Int) -> Void

    static let all: [BatchKernel] = [
        linear(rows: 64, inputs: 192, outputs: 96), linear(rows: 77, inputs: 640, outputs: 1600),
        linear(rows: 1, inputs: 384, outputs: 192), linear(rows: 300, inputs: 33, outputs: 50),
        convolution(side: 8, inputs: 96, outputs: 192), convolution(side: 40, inputs: 24, outputs: 20),
        linear(rows: 77, inputs: 641, outputs: 400, precision: .bfloat16),
        linear(rows: 1, inputs: 384, outputs: 192, precision: .bfloat16),
        convolution(side: 12, inputs: 95, outputs: 80, precision: .bfloat16),
        winograd(side: 46, inputs: 32, outputs: 16), winograd(side: 24, inputs: 272, outputs: 16),
        groups(pixels: 64, channels: 96),
        groups(pixels: 2500, channels: 32),
        attention(tokens: 64, heads: 4, isCausal: false), attention(tokens: 900, heads: 2, isCausal: true),
        BatchKernel(testDescription: "layer norm", imageSize: 77 * 130, outputSize: 77 * 130) {
            x, out, batch in
            normalizeRows(
                x, scale: noise(130), shift: noise(130), epsilon: 1e-5, into: out, rows: batch * 77,
                columns: 130)
        },
        BatchKernel(testDescription: "GELU", imageSize: 30_001, outputSize: 30_001) { x, out, batch in
            activate(.gelu, x, into: out, count: x.count)
        },
        BatchKernel(testDescription: "softmax", imageSize: 75 * 201, outputSize: 75 * 201) { x, out, batch in
            softmax(x, into: out, rows: batch * 75, columns: 201)
        },
    ]

    static func linear(
        rows: Int, inputs: Int, outputs: Int, precision: Precision = .float32
    ) -> BatchKernel {
        let values = noise(inputs * outputs, seed: 3)
        let weight =
            precision == .float32
            ? PackedMatrix(values, depth: inputs, columns: outputs)
            : PackedMatrix(roundedToBFloat16: values, depth: inputs, columns: outputs)
        let bias = noise(outputs, seed: 4)
        return BatchKernel(
            testDescription: "linear \(rows) × \(inputs) × \(outputs), \(precision)",
            imageSize: rows * inputs,
            outputSize: rows * outputs
        ) { x, out, batch in
            mapLinearly(
                x, weight: weight.panels, bias: bias, into: out, rows: batch * rows)
        }
    }

    static func convolution(
        side: Int, inputs: Int, outputs: Int, precision: Precision = .float32
    ) -> BatchKernel {
        let geometry = ConvolutionGeometry(
            height: side, width: side, inputs: inputs, outputs: outputs, kernel: 3, stride: 1,
            padding: .init(1))
        let values = noise(geometry.depth * outputs, seed: 3)
        let weight =
            precision == .float32
            ? PackedMatrix(values, depth: geometry.depth, columns: outputs)
            : PackedMatrix(roundedToBFloat16: values, depth: geometry.depth, columns: outputs, places: 9)
        return BatchKernel(
            testDescription: "convolution \(side) × \(side), \(precision)", imageSize: side * side * inputs,
            outputSize: side * side * outputs
        ) { x, out, batch in
            convolve(x, weight: weight.panels, into: out, batch: batch, geometry: geometry)
        }
    }

    static func winograd(side: Int, inputs: Int, outputs: Int) -> BatchKernel {
        let geometry = ConvolutionGeometry(
            height: side, width: side, inputs: inputs, outputs: outputs, kernel: 3, stride: 1,
            padding: .init(1))
        let weight = PackedMatrix(
            noise(geometry.depth * outputs, seed: 3), depth: geometry.depth, columns: outputs)
        let bias = noise(outputs, seed: 4)
        return BatchKernel(
            testDescription: "Winograd \(side) × \(side)", imageSize: side * side * inputs,
            outputSize: side * side * outputs
        ) { x, out, batch in
            convolveByWinograd(
                x, weight: weight.panels, bias: bias, into: out, batch: batch, geometry: geometry)
        }
    }

    static func groups(pixels: Int, channels: Int) -> BatchKernel {
        let (scale, shift) = (noise(channels, seed: 3), noise(channels, seed: 4))
        return BatchKernel(
            testDescription: "group norm of \(pixels)", imageSize: pixels * channels,
            outputSize: pixels * channels
        ) { x, out, batch in
            normalizeGroups(
                x, scale: scale, shift: shift, epsilon: 1e-5, groups: 8, silu: true, into: out, batch: batch,
                pixels: pixels, channels: channels)
        }
    }

    static func attention(tokens: Int, heads: Int, isCausal: Bool) -> BatchKernel {
        let shape = AttentionShape(
            queries: tokens, keys: tokens, heads: heads, headWidth: 24, isCausal: isCausal)
        let size = tokens * heads * 24
        return BatchKernel(
            testDescription: "attention of \(tokens)", imageSize: size, outputSize: size
        ) { x, out, batch in
            attend(queries: x, keys: x, values: x, into: out, batch: batch, shape: shape)
        }
    }
}

/// No bit of a result depends on the thread count, on the batch, or on the place in it.
@Suite(.serialized) struct InvarianceTests {
    init() throws { try prepareEngine() }

    @Test(arguments: BatchKernel.all)
    func bitsDependOnTheImageAlone(_ kernel: BatchKernel) {
        let threads = Parallelism.threadCount
        defer { Parallelism.threadCount = threads }
        let batch = 5
        let x = noise(batch * kernel.imageSize, seed: 11)

        Parallelism.threadCount = 1
        let alone = (0..<batch).flatMap { image in
            let one = Array(x[image * kernel.imageSize..<(image + 1) * kernel.imageSize])
            return filled(kernel.outputSize) { kernel.run(one, $0, 1) }.map(\.bitPattern)
        }
        for count in [1, 2, 3, 5] {
            Parallelism.threadCount = count
            let together = filled(batch * kernel.outputSize) { kernel.run(x, $0, batch) }
            #expect(together.map(\.bitPattern) == alone, "with \(count) threads")
        }
    }

    @Test func loopsVisitEveryIndexOnceWithFixedRanges() {
        let threads = Parallelism.threadCount
        defer { Parallelism.threadCount = threads }
        for count in [1, 2, 3, 5] {
            Parallelism.threadCount = count
            let starts = filled(1000) { visits in
                visits.initialize(repeating: -1, count: 1000)
                parallelFor(1000, chunk: 7) { range in
                    // A loop inside a loop must neither deadlock nor lose its own ranges.
                    parallelFor(range.count) { inner in
                        for place in inner { visits[range.lowerBound + place] = Float(range.lowerBound) }
                    }
                }
            }
            #expect(starts == (0..<1000).map { Float($0 / 7 * 7) })
        }
    }

    @Test func manyThreadsMayStartLoopsAtOnce() async {
        @Sendable func sum(_ task: Int) -> Float {
            let x = noise(40_000, seed: UInt64(task))
            return filled(40_000) { activate(.silu, x, into: $0, count: 40_000) }.reduce(0, +)
        }
        let sums = await withTaskGroup(of: Float.self) { group in
            for task in 0..<8 { group.addTask { sum(task) } }
            return await group.reduce(into: [Float]()) { $0.append($1) }
        }
        let alone = (0..<8).map(sum)
        #expect(Set(sums) == Set(alone))
    }
}
