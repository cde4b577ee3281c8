import CVectors

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
        figment_map(
            widestVectors, activation.function, x + range.lowerBound, out + range.lowerBound, range.count)
    }
}

/// Gates one half of a map's outputs by the other: out[R, I] = x[R, 0 ..< I]·f(x[R, I ..< 2I]).
///
/// Shazeer, "GLU variants improve transformer" (2020): GEGLU with GELU, SwiGLU with SiLU.
public func gate(by activation: Activation, _ x: Floats, into out: MutableFloats, rows: Int, width: Int) {
    parallelFor(rows, chunk: 64, work: rows * width * valueWork) { range in
        for row in range {
            let value = x + row * 2 * width
            figment_gate(widestVectors, activation.function, value, value + width, out + row * width, width)
        }
    }
}

extension Activation {
    var function: figment_function {
        switch self {
        case .silu: figment_function_silu
        case .gelu: figment_function_gelu
        case .geluTanh: figment_function_gelu_tanh
        case .quickGELU: figment_function_quick_gelu
        case .relu: figment_function_relu
        }
    }
}
