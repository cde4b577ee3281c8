import Diagnostics
import Tensors

/// Tensors made up on the spot: every name has the values its seed gives, in any shape asked for.
struct MadeUpTensors: TensorSource {
    let source = "made up"
    var missing: Set<String> = []

    func contains(_ name: String) -> Bool { !missing.contains(name) }

    func values(of name: String, shape: [Int]) throws(Failure) -> [Float] {
        guard contains(name) else { throw Failure(.badInput, "\(source) has no tensor '\(name)'") }
        return noise(shape.reduce(1, *), seed: name.unicodeScalars.reduce(7) { $0 &* 31 &+ UInt64($1.value) })
    }
}

/// Values that repeat with the seed, between -1 and 1, without a visible pattern.
func noise(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
    }
}

/// y = x·Wᵀ + b from its definition, for rows x [R, I] and W [O, I].
func mapByDefinition(_ x: [Float], weight: [Float], bias: [Float]?, inputs: Int, outputs: Int) -> [Float] {
    (0..<x.count / inputs * outputs).map { place in
        let (row, output) = (place / outputs, place % outputs)
        let sum = (0..<inputs).reduce(Double(bias?[output] ?? 0)) {
            $0 + Double(x[row * inputs + $1]) * Double(weight[output * inputs + $1])
        }
        return Float(sum)
    }
}

/// The greatest difference, relative to the greatest magnitude of `expected`.
func relativeError(_ actual: [Float], _ expected: [Float]) -> Float {
    guard actual.count == expected.count, actual.allSatisfy(\.isFinite) else { return .infinity }
    return (zip(actual, expected).map { abs($0 - $1) }.max() ?? 0) / (expected.map(abs).max() ?? 1)
}
