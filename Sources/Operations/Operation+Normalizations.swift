import Foundation
import Kernels
import Tensors

/// Values of mean 0 and variance 1.
extension Operation {
    /// Two matrices of so many rows.
    static func layerNorm(rows: Int, width: Int) -> Operation {
        Operation("layer norm", [Shape(2, rows, width), Shape(width), Shape(width)]) {
            $0[0].normalizedRows(
                scale: Parameter($0[1]), shift: Parameter($0[2]), epsilon: 1e-3, in: $1)
        } define: { x in
            (0..<2 * rows).flatMap { row in
                let line = normal(Array(x[0][row * width..<(row + 1) * width]))
                return line.enumerated().map { $1 * x[1][$0] + x[2][$0] }
            }
        }
    }

    static func rootMeanSquareNorm(rows: Int, width: Int) -> Operation {
        Operation("RMS norm", [Shape(2, rows, width), Shape(width)]) {
            $0[0].normalizedRowsByRootMeanSquare(scale: Parameter($0[1]), epsilon: 1e-3, in: $1)
        } define: { x in
            (0..<2 * rows).flatMap { row in
                let line = Array(x[0][row * width..<(row + 1) * width])
                let root = (line.reduce(0) { $0 + $1 * $1 } / Double(width) + 1e-3).squareRoot()
                return line.enumerated().map { $1 / root * x[1][$0] }
            }
        }
    }

    /// Two images.
    static func groupNorm(
        _ size: (height: Int, width: Int), channels: Int, groups: Int, silu: Bool
    ) -> Operation {
        let (pixels, share) = (size.height * size.width, channels / groups)
        return Operation(
            silu ? "group norm with SiLU" : "group norm",
            [Shape(2, size.height, size.width, channels), Shape(channels), Shape(channels)]
        ) {
            $0[0].normalizedGroups(
                groups, scale: Parameter($0[1]), shift: Parameter($0[2]), epsilon: 1e-3, silu: silu, in: $1)
        } define: { x in
            var out = [Double](repeating: 0, count: x[0].count)
            for image in 0..<2 {
                for group in 0..<groups {
                    let places = (0..<pixels * share).map {
                        (image * pixels + $0 / share) * channels + group * share + $0 % share
                    }
                    for (place, value) in zip(places, normal(places.map { x[0][$0] })) {
                        let scaled = value * x[1][place % channels] + x[2][place % channels]
                        out[place] = silu ? Activation.silu.definition(scaled) : scaled
                    }
                }
            }
            return out
        }
    }

    /// Each channel over all rows of the batch.
    static func batchNorm(_ shape: Shape) -> Operation {
        let channels = shape.channels
        return Operation("batch norm", [shape, Shape(channels), Shape(channels)]) {
            $0[0].normalizedChannels(
                scale: Parameter($0[1]), shift: Parameter($0[2]), epsilon: 1e-3, in: $1
            ) { _, _ in }
        } define: { x in
            let columns = (0..<channels).map { (channel: Int) -> [Double] in
                normal(stride(from: channel, to: shape.count, by: channels).map { x[0][$0] })
            }
            return (0..<shape.count).map { (place: Int) -> Double in
                let (row, channel) = (place / channels, place % channels)
                return columns[channel][row] * x[1][channel] + x[2][channel]
            }
        }
    }

    private static func normal(_ values: [Double]) -> [Double] {
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        return values.map { ($0 - mean) / (variance + 1e-3).squareRoot() }
    }
}
