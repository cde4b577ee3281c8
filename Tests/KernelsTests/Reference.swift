@testable import Kernels

/// Values that repeat with the seed, between -1 and 1, without a visible pattern.
func noise(_ count: Int, seed: UInt64 = 1) -> [Float] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
    }
}

/// The greatest difference, relative to the greatest magnitude of `expected`.
func relativeError(_ actual: [Float], _ expected: [Double]) -> Double {
    guard actual.count == expected.count, actual.allSatisfy(\.isFinite) else { return .infinity }
    let difference = zip(actual, expected).map { abs(Double($0) - $1) }.max() ?? 0
    return difference / (expected.map(abs).max() ?? 1)
}

/// The result of a kernel that fills `count` floats.
func filled(_ count: Int, _ body: (MutableFloats) -> Void) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        guard let base = buffer.baseAddress else { return }
        body(base)
        initialized = count
    }
}

/// A convolution straight from its definition: out[H′, W′, O] of x[H, W, C] and weight[K, K, C, O].
func convolveByDefinition(
    _ x: [Float], weight: [Float], bias: [Float], _ geometry: ConvolutionGeometry
) -> [Double] {
    let (channels, outputs, kernel) = (geometry.inputs, geometry.outputs, geometry.kernel)
    var out: [Double] = []
    for y in 0..<geometry.outputHeight {
        for x0 in 0..<geometry.outputWidth {
            for output in 0..<outputs {
                var sum = Double(bias[output])
                for ky in 0..<kernel {
                    for kx in 0..<kernel {
                        let row = y * geometry.stride - geometry.padding.top + ky
                        let column = x0 * geometry.stride - geometry.padding.left + kx
                        guard row >= 0, row < geometry.height, column >= 0, column < geometry.width else {
                            continue
                        }
                        for channel in 0..<channels {
                            sum +=
                                Double(x[(row * geometry.width + column) * channels + channel])
                                * Double(weight[((ky * kernel + kx) * channels + channel) * outputs + output])
                        }
                    }
                }
                out.append(sum)
            }
        }
    }
    return out
}
