/// A function applied to every value between two maps of a network.
public enum Activation: Hashable, Sendable, CaseIterable {
    /// x·σ(x), also called swish.
    case silu
    /// x·Φ(x) with the normal distribution function (Hendrycks and Gimpel, 2016).
    case gelu
    /// The tanh approximation of GELU, ½x·(1 + tanh(√(2/π)·(x + 0.044715x³))).
    case geluTanh
    /// x·σ(1.702x), as CLIP was trained with.
    case quickGELU
    /// The greater of x and 0.
    case relu
}

/// Applies an activation to `count` values; `out` may be `x`.
public func activate(_ activation: Activation, _ x: Floats, into out: MutableFloats, count: Int) {
    forEachChunk(of: count) { range in
        switch activation {
        case .silu: for index in range { out[index] = silu(x[index]) }
        case .gelu: for index in range { out[index] = gelu(x[index]) }
        case .geluTanh: for index in range { out[index] = geluTanh(x[index]) }
        case .quickGELU: for index in range { out[index] = quickGELU(x[index]) }
        // A NaN stays one.
        case .relu: for index in range { out[index] = x[index] <= 0 ? 0 : x[index] }
        }
    }
}

/// Gates one half of a map's outputs by the other: out[R, I] = x[R, 0 ..< I]·f(x[R, I ..< 2I]).
///
/// Shazeer, "GLU variants improve transformer" (2020): GEGLU with GELU, SwiGLU with SiLU.
public func gate(by activation: Activation, _ x: Floats, into out: MutableFloats, rows: Int, width: Int) {
    parallelFor(rows, chunk: 64, work: rows * width * valueWork) { range in
        for row in range {
            let value = x + row * 2 * width
            let gate = value + width
            let target = out + row * width
            switch activation {
            case .silu: for column in 0..<width { target[column] = value[column] * silu(gate[column]) }
            case .gelu: for column in 0..<width { target[column] = value[column] * gelu(gate[column]) }
            case .geluTanh:
                for column in 0..<width { target[column] = value[column] * geluTanh(gate[column]) }
            case .quickGELU:
                for column in 0..<width { target[column] = value[column] * quickGELU(gate[column]) }
            case .relu: for column in 0..<width { target[column] = value[column] * max(gate[column], 0) }
            }
        }
    }
}

@inline(__always)
func silu(_ x: Float) -> Float { x * sigmoid(x) }

@inline(__always)
func gelu(_ x: Float) -> Float { 0.5 * x * (1 + errorFunction(x * 0.707_106_78)) }

@inline(__always)
func geluTanh(_ x: Float) -> Float {
    0.5 * x * (1 + hyperbolicTangent(0.797_884_56 * (x + 0.044_715 * x * x * x)))
}

@inline(__always)
func quickGELU(_ x: Float) -> Float { x * sigmoid(1.702 * x) }
