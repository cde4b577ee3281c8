import Foundation
import Kernels
import Tensors

/// The operations of image classifiers.
extension Operation {
    static var classifiers: [Operation] {
        [
            batchNorm(Shape(3, 2, 2, 5)),
            Operation("norm with given moments", [Shape(2, 3, 4), Shape(4), Shape(4)]) { x, workspace in
                x[0].normalizedChannels(
                    scale: Parameter(x[1]), shift: Parameter(x[2]),
                    mean: workspace.tensor(Shape(4), [0.1, -0.2, 0.3, 0]),
                    variance: workspace.tensor(Shape(4), [0.5, 1, 2, 0.1]), epsilon: 1e-3, in: workspace)
            } define: { x in
                let (means, variances): ([Double], [Double]) = ([0.1, -0.2, 0.3, 0], [0.5, 1, 2, 0.1])
                return (0..<24).map { (place: Int) -> Double in
                    let channel = place % 4
                    let deviation = (variances[channel] + 1e-3).squareRoot()
                    return (x[0][place] - means[channel]) / deviation * x[1][channel] + x[2][channel]
                }
            },
            maximum("greatest of windows", Shape(2, 5, 6, 3), kernel: 3, stride: 2, padding: 1),
            maximum("greatest of separate windows", Shape(1, 4, 4, 2), kernel: 2, stride: 2, padding: 0),
            Operation("mean of rows", [Shape(2, 3, 2, 4)]) {
                $0[0].averagedRows(in: $1)
            } define: { x in
                (0..<8).map { (place: Int) -> Double in
                    let start = place / 4 * 24 + place % 4
                    return (0..<6).reduce(0.0) { $0 + x[0][start + $1 * 4] } / 6
                }
            },
        ]
    }

    private static func maximum(
        _ name: String, _ shape: Shape, kernel: Int, stride: Int, padding: Int
    ) -> Operation {
        Operation(name, [shape]) {
            $0[0].pooledByMaximum(kernel: kernel, stride: stride, padding: padding, in: $1)
        } define: { x in
            let (height, width, channels) = (shape[1], shape[2], shape[3])
            func starts(_ size: Int) -> [Int] {
                Array(Swift.stride(from: -padding, through: size + padding - kernel, by: stride))
            }
            var out: [Double] = []
            for image in 0..<shape.batch {
                for top in starts(height) {
                    for left in starts(width) {
                        for channel in 0..<channels {
                            var greatest = -Double.infinity
                            for y in max(top, 0)..<min(top + kernel, height) {
                                for across in max(left, 0)..<min(left + kernel, width) {
                                    let place = ((image * height + y) * width + across) * channels + channel
                                    greatest = max(greatest, x[0][place])
                                }
                            }
                            out.append(greatest)
                        }
                    }
                }
            }
            return out
        }
    }
}
