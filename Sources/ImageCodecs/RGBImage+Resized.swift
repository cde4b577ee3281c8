import Glibc

/// A reconstruction filter: its weight at a distance in pixels, and how far it reaches.
public enum ResizeFilter: String, Sendable, CaseIterable {
    /// The triangle, which interpolates linearly.
    case bilinear
    /// Keys' cubic convolution (1981) with a = −½.
    case bicubic
    /// The sinc function under a sinc window of three lobes.
    case lanczos

    /// The distance from which on the weight is 0.
    var support: Double {
        switch self {
        case .bilinear: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    /// The weight of a pixel at a distance, not yet divided by the sum of the weights.
    func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        guard x < support else { return 0 }
        switch self {
        case .bilinear: return 1 - x
        case .bicubic:
            let a = -0.5
            return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * a
        case .lanczos: return Self.sinc(distance) * Self.sinc(distance / 3)
        }
    }

    private static func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
}

extension RGBImage {
    /// The picture at another size, bit for bit as Pillow's `Image.resize` makes it.
    ///
    /// Where the picture shrinks, the filter is widened by the same factor, so that nothing aliases. Rows are done
    /// first and rounded to 8 bits, then columns, always; Pillow 13 does columns first where the height shrinks so
    /// much more than the width that it saves work. Weights are integers of 22 fractional bits.
    public func resized(width: Int, height: Int, filter: ResizeFilter = .bicubic) -> RGBImage {
        precondition(width > 0 && height > 0, "an image of \(width) × \(height) pixels")
        var image = self
        if width != image.width {
            image = image.resampledRows(ResizeWeights(from: image.width, to: width, filter))
        }
        if height != image.height {
            image = image.resampledColumns(ResizeWeights(from: image.height, to: height, filter))
        }
        return image
    }

    private func resampledRows(_ weights: ResizeWeights) -> RGBImage {
        var result = [UInt8](repeating: 0, count: weights.count * height * 3)
        for row in 0..<height {
            for column in 0..<weights.count {
                let first = row * width + weights.starts[column]
                var sums = SIMD4<Int32>(repeating: ResizeWeights.half)
                for (offset, weight) in weights[column].enumerated() {
                    let source = (first + offset) * 3
                    sums &+=
                        weight
                        &* SIMD4(
                            Int32(pixels[source]), Int32(pixels[source + 1]), Int32(pixels[source + 2]), 0)
                }
                let target = (row * weights.count + column) * 3
                for channel in 0..<3 { result[target + channel] = ResizeWeights.level(sums[channel]) }
            }
        }
        return RGBImage(width: weights.count, height: height, pixels: result)
    }

    private func resampledColumns(_ weights: ResizeWeights) -> RGBImage {
        let stride = width * 3
        var result = [UInt8](repeating: 0, count: weights.count * stride)
        var sums = [Int32](repeating: 0, count: stride)
        for row in 0..<weights.count {
            for index in sums.indices { sums[index] = ResizeWeights.half }
            for (offset, weight) in weights[row].enumerated() {
                let source = (weights.starts[row] + offset) * stride
                for index in 0..<stride { sums[index] &+= weight &* Int32(pixels[source + index]) }
            }
            for index in 0..<stride { result[row * stride + index] = ResizeWeights.level(sums[index]) }
        }
        return RGBImage(width: width, height: weights.count, pixels: result)
    }
}

/// For each place of the result, which places of the source it takes from, and with what weights.
private struct ResizeWeights {
    static let fractionalBits = 22
    static let half = Int32(1) << (fractionalBits - 1)

    let starts: [Int]
    private let weights: [[Int32]]

    init(from length: Int, to count: Int, _ filter: ResizeFilter) {
        let scale = Double(length) / Double(count)
        let widening = max(scale, 1)
        let support = filter.support * widening
        var starts: [Int] = []
        var weights: [[Int32]] = []
        for place in 0..<count {
            let centre = (Double(place) + 0.5) * scale
            let start = max(Int(centre - support + 0.5), 0)
            let end = min(Int(centre + support + 0.5), length)
            let inverse = 1 / widening
            let raw = (start..<end).map { filter.weight((Double($0) - centre + 0.5) * inverse) }
            let sum = raw.reduce(0, +)
            starts.append(start)
            weights.append(raw.map { Self.fixedPoint(sum == 0 ? $0 : $0 / sum) })
        }
        self.starts = starts
        self.weights = weights
    }

    var count: Int { starts.count }

    subscript(place: Int) -> [Int32] { weights[place] }

    /// The level that a sum of weighted levels stands for.
    @inline(__always)
    static func level(_ sum: Int32) -> UInt8 { UInt8(clamping: sum >> fractionalBits) }

    private static func fixedPoint(_ weight: Double) -> Int32 {
        Int32(weight * Double(1 << fractionalBits) + (weight < 0 ? -0.5 : 0.5))
    }
}
