import Kernels
import Tensors

/// Linear maps and convolutions.
extension Operation {
    /// Two matrices of so many rows.
    static func linear(rows: Int, depth: Int, columns: Int) -> Operation {
        let out = Shape(2, rows, columns)
        return Operation(
            "linear map to \(columns)",
            [Shape(2, rows, depth), .panels(depth, columns), Shape(columns), out],
            products: 2 * rows * depth * columns
        ) {
            $0[0].mapped(
                by: Parameter($0[1], columns: columns), bias: Parameter($0[2]), adding: $0[3], in: $1)
        } define: { x in
            (0..<out.count).map { (place: Int) -> Double in
                let (row, column) = (place / columns, place % columns)
                var sum = x[2][column] + x[3][place]
                for inner in 0..<depth {
                    sum += x[0][row * depth + inner] * x[1][panelPlace(inner, column, depth: depth)]
                }
                return sum
            }
        }
    }

    static func tableMap(_ name: String, _ rows: Shape, columns: Int) -> Operation {
        let depth = rows.channels
        return Operation(name, [rows, Shape(columns, depth)]) {
            $0[0].mapped(byRowsOf: Parameter($0[1]), in: $1)
        } define: { x in
            (0..<rows.count / depth * columns).map { (place: Int) -> Double in
                let (row, column) = (place / columns, place % columns)
                return (0..<depth).reduce(0.0) { $0 + x[0][row * depth + $1] * x[1][column * depth + $1] }
            }
        }
    }

    static func convolution(_ name: String, _ geometry: ConvolutionGeometry, batch: Int = 2) -> Operation {
        let (height, width) = (geometry.outputHeight, geometry.outputWidth)
        let out = Shape(batch, height, width, geometry.outputs)
        return Operation(
            "\(name) to \(geometry.outputs)",
            [
                Shape(batch, geometry.height, geometry.width, geometry.inputs),
                .panels(geometry.depth, geometry.outputs), Shape(geometry.outputs), out,
            ],
            products: out.count * geometry.depth,
            tolerance: geometry.suitsWinograd ? 1e-5 : 1e-6
        ) {
            $0[0].convolved(
                with: Parameter($0[1], columns: geometry.outputs), bias: Parameter($0[2]), geometry: geometry,
                adding: $0[3], in: $1)
        } define: { x in
            (0..<out.count).map { (place: Int) -> Double in
                let output = place % geometry.outputs
                let pixel = place / geometry.outputs
                let (image, row, column) = (
                    pixel / (height * width), pixel / width % height, pixel % width
                )
                var sum = x[2][output] + x[3][place]
                for window in 0..<geometry.kernel * geometry.kernel {
                    let y = row * geometry.stride - geometry.padding.top + window / geometry.kernel
                    let across = column * geometry.stride - geometry.padding.left + window % geometry.kernel
                    guard y >= 0, y < geometry.height, across >= 0, across < geometry.width else { continue }
                    let source = ((image * geometry.height + y) * geometry.width + across) * geometry.inputs
                    for input in 0..<geometry.inputs {
                        sum +=
                            x[0][source + input]
                            * x[1][
                                panelPlace(window * geometry.inputs + input, output, depth: geometry.depth)]
                    }
                }
                return sum
            }
        }
    }
}
