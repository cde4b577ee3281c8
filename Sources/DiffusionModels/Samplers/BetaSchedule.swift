import Checkpoints
import Diagnostics
import Foundation
import JSONValues

/// The variance of the noise that each training timestep adds, beta.
public enum BetaSchedule: Hashable, Sendable {
    /// From `start` to `end` in equal steps (Ho and others 2020, section 4).
    case linear(start: Double, end: Double)
    /// The squares of equal steps between the roots, as latent diffusion trains (Rombach and others 2022).
    case scaledLinear(start: Double, end: Double)
    /// Such that the kept signal falls as a squared cosine (Nichol and Dhariwal 2021, equation 17).
    case squaredCosine
    /// Given one by one.
    case trained([Float])

    init(_ fields: JSONFields) throws(Failure) {
        let start = try fields.number("beta_start", default: 0.0001)
        let end = try fields.number("beta_end", default: 0.02)
        guard (0..<1).contains(start) else { throw fields.refusal("beta_start", "it must be in [0, 1)") }
        guard (0..<1).contains(end) else { throw fields.refusal("beta_end", "it must be in [0, 1)") }
        let shape = try fields.choice(
            "beta_schedule",
            [
                ("linear", .linear(start: start, end: end)),
                ("scaled_linear", .scaledLinear(start: start, end: end)),
                ("squaredcos_cap_v2", .squaredCosine),
            ], default: Self.linear(start: start, end: end))
        guard let trained = fields.value("trained_betas") else {
            self = shape
            return
        }
        let values = trained.array?.compactMap { $0.number.map { Float($0) } } ?? []
        guard values.count == trained.array?.count, values.allSatisfy({ 0 <= $0 && $0 < 1 }) else {
            throw fields.refusal("trained_betas", "it must be a list of numbers in [0, 1)")
        }
        self = .trained(values)
    }

    /// The values for T timesteps, [T].
    ///
    /// In float32 and in PyTorch's order of operations, so that schedules agree to round-off.
    func values(_ count: Int) -> [Float] {
        switch self {
        case .linear(let start, let end):
            return Self.equalSteps(from: Float(start), to: Float(end), count)
        case .scaledLinear(let start, let end):
            let roots = Self.equalSteps(
                from: Float(start.squareRoot()), to: Float(end.squareRoot()), count)
            return roots.map { $0 * $0 }
        case .squaredCosine:
            func kept(_ index: Int) -> Double {
                let cosine = cos((Double(index) / Double(count) + 0.008) / 1.008 * .pi / 2)
                return cosine * cosine
            }
            return (0..<count).map { Float(min(1 - kept($0 + 1) / kept($0), 0.999)) }
        case .trained(let values):
            return values
        }
    }

    /// `torch.linspace`, which counts from both ends and, on processors with AVX2, rounds once.
    private static func equalSteps(from start: Float, to end: Float, _ count: Int) -> [Float] {
        guard count > 1 else { return [start] }
        let step = (end - start) / Float(count - 1)
        return (0..<count).map { index in
            index < count / 2
                ? start.addingProduct(step, Float(index)) : end.addingProduct(-step, Float(count - 1 - index))
        }
    }
}
