/// One step of stochastic gradient descent as PyTorch's `SGD` makes it, on `count` values.
///
/// With g = gradient + decay·x and b ← momentum·b + g, where b is 0 at first, x becomes x − rate·b, or
/// x − rate·(g + momentum·b) in Nesterov's form.
public func descend(
    _ x: MutableFloats, gradient: Floats, momenta: MutableFloats, rate: Float, momentum: Float,
    isNesterov: Bool, decay: Float, count: Int
) {
    let (own, moved): (Float, Float) = isNesterov ? (1, momentum) : (0, 1)
    forEachChunk(of: count) { range in
        for index in range {
            let slope = gradient[index] + decay * x[index]
            momenta[index] = momentum * momenta[index] + slope
            x[index] -= rate * (own * slope + moved * momenta[index])
        }
    }
}

/// The numbers of one step of `descendAdaptively`, rounded once from double precision.
public struct AdaptiveStep: Hashable, Sendable {
    /// What a value is multiplied by for its decay: 1 − rate·decay.
    let keep: Float
    /// The shares of the gradient and of its square in their running means: 1 − β₁, 1 − β₂.
    let meanShare, squareShare: Float
    /// β₂, rate / (1 − β₁ᵗ), √(1 − β₂ᵗ) and ε.
    let squareKeep, size, correction, epsilon: Float

    /// Prepares step t ≥ 1.
    public init(
        step: Int, rate: Double, betas: (Double, Double), epsilon: Double, decay: Double
    ) {
        precondition(step > 0, "steps are counted from 1")
        keep = Float(1 - rate * decay)
        meanShare = Float(1 - betas.0)
        squareShare = Float(1 - betas.1)
        squareKeep = Float(betas.1)
        size = Float(rate / (1 - power(betas.0, step)))
        correction = Float((1 - power(betas.1, step)).squareRoot())
        self.epsilon = Float(epsilon)
    }
}

/// One step of Adam with decoupled decay as PyTorch's `AdamW` makes it, on `count` values.
///
/// Loshchilov and Hutter, "Decoupled weight decay regularization" (2019), algorithm 2, in PyTorch's order:
/// x ← keep·x; m ← m + (g − m)(1 − β₁); v ← β₂·v + (1 − β₂)·g²; x ← x − size·m / (√v / correction + ε).
public func descendAdaptively(
    _ x: MutableFloats, gradient: Floats, means: MutableFloats, squares: MutableFloats, _ step: AdaptiveStep,
    count: Int
) {
    forEachChunk(of: count) { range in
        for index in range {
            let slope = gradient[index]
            let mean = means[index] + (slope - means[index]) * step.meanShare
            let square = squares[index] * step.squareKeep + step.squareShare * slope * slope
            means[index] = mean
            squares[index] = square
            let divisor = square.squareRoot() / step.correction + step.epsilon
            x[index] = x[index] * step.keep - step.size * mean / divisor
        }
    }
}

/// Moves running means towards x: means ← means + share·(x − means), value by value.
public func approach(_ means: MutableFloats, _ x: Floats, share: Float, count: Int) {
    forEachChunk(of: count) { range in
        for index in range { means[index] += share * (x[index] - means[index]) }
    }
}

/// The sum of the squares of `count` values, in double precision and in an order that `count` alone decides.
public func sumOfSquares(_ x: Floats, count: Int) -> Double {
    let chunk = 1 << 12
    var partial = [Double](repeating: 0, count: (count + chunk - 1) / chunk)
    partial.withUnsafeMutableBufferPointer { partial in
        parallelFor(partial.count, chunk: 4, work: count * valueWork) { range in
            for part in range {
                let start = part * chunk
                partial[part] = Double(sumOfSquares(x + start, around: 0, count: min(chunk, count - start)))
            }
        }
    }
    return partial.reduce(0, +)
}

/// A power with a whole exponent, exactly rounded products in a fixed order.
private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, base, exponent)
    while rest > 0 {
        if rest & 1 == 1 { result *= square }
        square *= square
        rest >>= 1
    }
    return result
}
