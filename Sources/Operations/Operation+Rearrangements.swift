import Foundation
import Tensors

/// Values in other places.
extension Operation {
    static var rearrangements: [Operation] {
        var cases: [Operation] = []
        cases.append(concatenation(Shape(2, 3, 1), (2, 4)))
        cases.append(upsampling(Shape(2, 2, 3, 2)))
        cases.append(
            Operation("resizing to odd sizes", [Shape(2, 2, 3, 2)]) {
                $0[0].resizedNearest(height: 5, width: 4, in: $1)
            } define: { x in
                (0..<80).map { (place: Int) -> Double in
                    let (channel, column, row, image) = (place % 2, place / 2 % 4, place / 8 % 5, place / 40)
                    return x[0][((image * 2 + row * 2 / 5) * 3 + column * 3 / 4) * 2 + channel]
                }
            })
        cases.append(
            Operation("samples of normal distributions", [Shape(2, 3, 4)]) { x, workspace in
                x[0].gaussianSample(
                    noise: workspace.tensor(Shape(2, 3, 2), (0..<12).map { Float($0) / 4 - 1 }),
                    in: workspace)
            } define: { x in
                (0..<12).map { (place: Int) -> Double in
                    let mean = place / 2 * 4 + place % 2
                    return x[0][mean] + exp(x[0][mean + 2] / 2) * (Double(place) / 4 - 1)
                }
            })
        cases.append(
            Operation("rows by number", [Shape(4, 3)]) {
                $0[0].rows([2, 0, 2], in: $1)
            } define: { x in
                [2, 0, 2].flatMap { row in Array(x[0][3 * row..<3 * row + 3]) }
            })
        cases.append(
            Operation("a row before others", [Shape(2, 3, 2), Shape(2)]) {
                $0[0].preceded(by: Parameter($0[1]), in: $1)
            } define: { x in
                [x[1], Array(x[0][0..<6]), x[1], Array(x[0][6..<12])].flatMap { $0 }
            })
        return cases
    }

    /// Images of two numbers of channels, as one with the channels of both.
    static func concatenation(_ shape: Shape, _ channels: (Int, Int)) -> Operation {
        let (first, second) = channels
        let width = first + second
        return Operation(
            "channels side by side", [shape.with(channels: first), shape.with(channels: second)]
        ) {
            $0[0].concatenated(channelsOf: $0[1], in: $1)
        } define: { x in
            (0..<shape.count / shape.channels * width).map { (place: Int) -> Double in
                let (row, column) = (place / width, place % width)
                return column < first ? x[0][first * row + column] : x[1][second * row + column - first]
            }
        }
    }

    static func upsampling(_ shape: Shape) -> Operation {
        let (height, width, channels) = (shape[1], shape[2], shape[3])
        return Operation("upsampling", [shape]) {
            $0[0].upsampledNearest(in: $1)
        } define: { x in
            (0..<4 * shape.count).map { (place: Int) -> Double in
                let (pixel, channel) = (place / channels, place % channels)
                let (column, row) = (pixel % (2 * width) / 2, pixel / (2 * width) % (2 * height) / 2)
                let image = pixel / (4 * width * height)
                return x[0][((image * height + row) * width + column) * channels + channel]
            }
        }
    }
}
