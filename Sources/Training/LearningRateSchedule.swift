import Foundation

/// How the learning rate changes from step to step.
public struct LearningRateSchedule: Hashable, Sendable {
    /// What the rate does after the warm-up.
    public enum Course: Hashable, Sendable {
        /// It stays.
        case constant
        /// It falls to nothing at step `total` along half a cosine.
        case cosine(total: Int)
        /// It is multiplied by `factor` at each of the steps given.
        case steps(at: [Int], factor: Double = 0.1)
    }

    /// The rate after the warm-up.
    public let rate: Double
    /// Steps in which the rate grows from nothing, by equal amounts.
    public let warmUp: Int
    /// What it does then.
    public let course: Course

    /// Makes a schedule, as transformers' `get_scheduler` or PyTorch's `MultiStepLR` do.
    public init(rate: Double, warmUp: Int = 0, _ course: Course = .constant) {
        precondition(warmUp >= 0, "a warm-up of \(warmUp) steps")
        self.rate = rate
        self.warmUp = warmUp
        self.course = course
    }

    /// The rate of a step, counted from 0.
    public func rate(at step: Int) -> Double {
        if step < warmUp { return rate * (Double(step) / Double(warmUp)) }
        switch course {
        case .constant: return rate
        case .cosine(let total):
            let progress = Double(step - warmUp) / Double(max(1, total - warmUp))
            return rate * max(0, 0.5 * (1 + cos(.pi * min(progress, 1))))
        case .steps(let places, let factor):
            return places.filter { $0 <= step }.reduce(rate) { rate, _ in rate * factor }
        }
    }
}
