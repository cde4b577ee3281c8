/// Adds to dx what dy says of the input x of an activation: dx += dy·f′(x).
public func activateBack(
    _ activation: Activation, _ x: Floats, _ dy: Floats, into dx: MutableFloats, count: Int
) {
    forEachChunk(of: count) { range in
        switch activation {
        case .silu: for index in range { dx[index] += dy[index] * siluSlope(x[index]) }
        case .gelu: for index in range { dx[index] += dy[index] * geluSlope(x[index]) }
        case .geluTanh: for index in range { dx[index] += dy[index] * geluTanhSlope(x[index]) }
        case .quickGELU: for index in range { dx[index] += dy[index] * quickGELUSlope(x[index]) }
        case .relu: for index in range { dx[index] += x[index] > 0 ? dy[index] : 0 }
        }
    }
}

/// Adds to dx[R, 2I] what dy[R, I] says of the input of `gate`.
public func gateBack(
    by activation: Activation, _ x: Floats, _ dy: Floats, into dx: MutableFloats, rows: Int, width: Int
) {
    parallelFor(rows, chunk: 64, work: 2 * rows * width * valueWork) { range in
        for row in range {
            let (value, gradient) = (x + row * 2 * width, dy + row * width)
            let (gate, target) = (value + width, dx + row * 2 * width)
            switch activation {
            case .silu:
                for column in 0..<width {
                    target[column] += gradient[column] * silu(gate[column])
                    target[width + column] += gradient[column] * value[column] * siluSlope(gate[column])
                }
            case .gelu:
                for column in 0..<width {
                    target[column] += gradient[column] * gelu(gate[column])
                    target[width + column] += gradient[column] * value[column] * geluSlope(gate[column])
                }
            case .geluTanh:
                for column in 0..<width {
                    target[column] += gradient[column] * geluTanh(gate[column])
                    target[width + column] += gradient[column] * value[column] * geluTanhSlope(gate[column])
                }
            case .quickGELU:
                for column in 0..<width {
                    target[column] += gradient[column] * quickGELU(gate[column])
                    target[width + column] += gradient[column] * value[column] * quickGELUSlope(gate[column])
                }
            case .relu:
                for column in 0..<width where gate[column] > 0 {
                    target[column] += gradient[column] * gate[column]
                    target[width + column] += gradient[column] * value[column]
                }
            }
        }
    }
}

@inline(__always)
func siluSlope(_ x: Float) -> Float {
    let share = sigmoid(x)
    return share * (1 + x * (1 - share))
}

@inline(__always)
private func geluSlope(_ x: Float) -> Float {
    0.5 * (1 + errorFunction(x * 0.707_106_78)) + x * 0.398_942_28 * exponential(-0.5 * x * x)
}

@inline(__always)
private func geluTanhSlope(_ x: Float) -> Float {
    let inner = hyperbolicTangent(0.797_884_56 * (x + 0.044_715 * x * x * x))
    let slope = 0.797_884_56 * (1 + 3 * 0.044_715 * x * x)
    return 0.5 * (1 + inner) + 0.5 * x * (1 - inner * inner) * slope
}

@inline(__always)
private func quickGELUSlope(_ x: Float) -> Float {
    let share = sigmoid(1.702 * x)
    return share * (1 + 1.702 * x * (1 - share))
}
