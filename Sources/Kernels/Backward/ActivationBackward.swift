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
    /// Goes back through the gates f(x) with the slopes f′(x), each half in a loop of its own that vectorizes.
    @inline(__always)
    func back(_ f: (Float) -> Float, _ slope: (Float) -> Float, _ row: Int) {
        let (value, gradient) = (x + row * 2 * width, dy + row * width)
        let (gate, target) = (value + width, dx + row * 2 * width)
        for column in 0..<width { target[column] += gradient[column] * f(gate[column]) }
        let gateTarget = target + width
        for column in 0..<width {
            gateTarget[column] += gradient[column] * value[column] * slope(gate[column])
        }
    }
    parallelFor(rows, chunk: 64, work: 2 * rows * width * valueWork) { range in
        switch activation {
        case .silu: for row in range { back(silu, siluSlope, row) }
        case .gelu: for row in range { back(gelu, geluSlope, row) }
        case .geluTanh: for row in range { back(geluTanh, geluTanhSlope, row) }
        case .quickGELU: for row in range { back(quickGELU, quickGELUSlope, row) }
        case .relu: for row in range { back({ max($0, 0) }, { $0 > 0 ? 1 : 0 }, row) }
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
