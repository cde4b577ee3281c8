import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Tensors

/// The angles by which a token's place turns the columns of its queries and keys.
///
/// Column d of a head of width D turns by place·θ^(−2d/D); the scalings stretch that for texts longer than those of
/// the training, as transformers computes them (modeling_rope_utils.py).
public struct RotaryAngles: Hashable, Sendable {
    /// Width of a head, D.
    public let headWidth: Int
    /// The base of the frequencies, θ.
    public let base: Double
    /// How the frequencies are stretched.
    public let scaling: Scaling

    /// Ways of stretching frequencies.
    public enum Scaling: Hashable, Sendable {
        /// Not at all.
        case none
        /// All by a factor.
        case linear(factor: Double)
        /// By a base that grows with the length of a text beyond `positions`.
        case dynamic(factor: Double, positions: Int)
        /// Low frequencies by a factor, high ones not, and those between in part (Llama 3.1).
        case llama3(factor: Double, low: Double, high: Double, positions: Int)
    }

    /// Describes angles.
    public init(headWidth: Int, base: Double = 10_000, scaling: Scaling = .none) {
        self.headWidth = headWidth
        self.base = base
        self.scaling = scaling
    }

    /// Reads `rope_parameters`, or `rope_theta` and `rope_scaling` as files before transformers 5 have them.
    init(_ fields: JSONFields, headWidth: Int, positions: Int) throws(Failure) {
        self.headWidth = headWidth
        let key = fields.value("rope_parameters") == nil ? "rope_scaling" : "rope_parameters"
        let outer = try fields.number("rope_theta", default: 10_000)
        guard let value = fields.value(key) else {
            base = outer
            scaling = .none
            try Self.check(base, fields)
            return
        }
        let parameters = try JSONFields(value, source: "\(fields.source), \(key)")
        base = try parameters.number("rope_theta", default: outer)
        try Self.check(base, parameters)
        guard try parameters.number("partial_rotary_factor", default: 1) == 1 else {
            throw parameters.refusal("partial_rotary_factor", "only whole heads are turned")
        }
        let old = try parameters.string("type", default: "default")
        switch try parameters.string("rope_type", default: old) {
        case "default": scaling = .none
        case "linear": scaling = .linear(factor: try Self.factor(parameters))
        case "dynamic":
            guard headWidth > 2 else {
                throw parameters.refusal("rope_type", "heads of width 2 have no base to grow")
            }
            scaling = .dynamic(
                factor: try Self.factor(parameters),
                positions: try parameters.size("original_max_position_embeddings", default: positions))
        case "llama3":
            let (low, high) = (
                try parameters.number("low_freq_factor"), try parameters.number("high_freq_factor")
            )
            guard low > 0, high > low else {
                throw parameters.refusal("high_freq_factor", "it must be greater than low_freq_factor")
            }
            scaling = .llama3(
                factor: try Self.factor(parameters), low: low, high: high,
                positions: try parameters.size("original_max_position_embeddings", default: positions))
        default:
            throw parameters.refusal(
                parameters.value("rope_type") == nil ? "type" : "rope_type",
                "only default, linear, dynamic and llama3 are supported")
        }
        try parameters.refuseUnread()
    }

    private static func factor(_ fields: JSONFields) throws(Failure) -> Double {
        let factor = try fields.number("factor")
        guard factor >= 1, factor.isFinite else { throw fields.refusal("factor", "it must be at least 1") }
        return factor
    }

    private static func check(_ base: Double, _ fields: JSONFields) throws(Failure) {
        guard base > 1, base.isFinite else { throw fields.refusal("rope_theta", "it must be greater than 1") }
    }

    /// The angle of each of the D/2 planes at the first place, for a text of `length` tokens.
    func frequencies(length: Int) -> [Float] {
        var base = self.base
        if case .dynamic(let factor, let positions) = scaling, length > positions {
            let growth = factor * Double(length) / Double(positions) - (factor - 1)
            base *= pow(growth, Double(headWidth) / Double(headWidth - 2))
        }
        return (0..<headWidth / 2).map { column in
            let frequency = pow(base, -2 * Double(column) / Double(headWidth))
            switch scaling {
            case .none, .dynamic: return Float(frequency)
            case .linear(let factor): return Float(frequency / factor)
            case .llama3(let factor, let low, let high, let positions):
                // How often the plane has turned after the places of the training, between 0 and 1 from low to high.
                let turns = Double(positions) * frequency / (2 * .pi)
                let share = min(max((turns - low) / (high - low), 0), 1)
                return Float((1 - share) * frequency / factor + share * frequency)
            }
        }
    }

    /// Cosines and sines [R, D/2] of R tokens at their places, in texts of the lengths given.
    func tables(
        places: [Int], lengths: (_ row: Int) -> Int, in workspace: Workspace
    ) -> (cosines: Tensor, sines: Tensor) {
        let shape = Shape(places.count, headWidth / 2)
        let (cosines, sines) = (workspace.tensor(shape), workspace.tensor(shape))
        var known: (length: Int, frequencies: [Float])?
        for (row, place) in places.enumerated() {
            let length = lengths(row)
            let frequencies =
                known.flatMap { isSame($0.length, length) ? $0.frequencies : nil }
                ?? self.frequencies(length: length)
            known = (length, frequencies)
            for (column, frequency) in frequencies.enumerated() {
                let angle = Float(place) * frequency
                cosines.base[row * frequencies.count + column] = cos(angle)
                sines.base[row * frequencies.count + column] = sin(angle)
            }
        }
        return (cosines, sines)
    }

    /// Whether texts of two lengths have the same frequencies.
    private func isSame(_ a: Int, _ b: Int) -> Bool {
        guard case .dynamic(_, let positions) = scaling else { return true }
        return max(a, positions) == max(b, positions)
    }
}
