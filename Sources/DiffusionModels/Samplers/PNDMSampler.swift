import Diagnostics

/// Pseudo numerical methods for diffusion models (Liu and others 2022, arXiv 2202.09778).
///
/// Each step estimates the noise e' from several evaluations of the model and then moves from timestep t to s
/// along equation 9, with a(t) of `NoiseSchedule`:
///
///     x(s) = sqrt(a(s) / a(t)) x(t)
///          - (a(s) - a(t)) e' / (a(t) sqrt(1 - a(s)) + sqrt(a(t) (1 - a(t)) a(s)))
///
/// The estimate is the linear multistep one of equation 12 (PLMS). Its first three steps either use Runge-Kutta
/// evaluations (PRK, equation 13), or, with `skip_prk_steps`, multistep formulas of lower order, of which the
/// first is a Heun step that evaluates twice (Katherine Crowson's PLMS for latent diffusion).
public struct PNDMSampler: Sampler {
    /// The timesteps at which the model is evaluated, in order; some occur twice.
    public let timesteps: [Int]
    private let schedule: NoiseSchedule
    private let predictsVelocity: Bool
    private let stride: Int
    private let rungeKuttaEvaluations: Int
    private var evaluation = 0
    /// The last four outputs of the model, oldest first, of which the last `remembered` count, [4][elements].
    private var outputs: [[Float]]
    private var remembered = 0
    /// The sample that an estimate of several evaluations starts from, [elements].
    private var start: [Float]
    /// The estimate e', [elements].
    private var estimate: [Float]
    /// What the evaluations of a Runge-Kutta step have contributed, [elements].
    private var sum: [Float]

    /// Makes a sampler of S steps for one image of `elements` latent values.
    ///
    /// Throws `usage` where `steps` is out of range, `badInput` where the configuration does not fit.
    public init(
        _ configuration: SchedulerConfiguration, schedule: NoiseSchedule, steps: Int, elements: Int
    ) throws(Failure) {
        guard configuration.prediction != .sample else {
            throw Failure(
                .badInput, "prediction_type is 'sample', which sampler pndm does not know",
                hint: "Sample with ddim.")
        }
        let ascending = try configuration.spacing.timesteps(
            steps, of: schedule.count, offset: configuration.stepsOffset)
        stride = schedule.count / steps
        if configuration.skipsRungeKutta {
            rungeKuttaEvaluations = 0
            // The last but one is evaluated twice, for the Heun step.
            timesteps = (ascending.dropLast() + ascending.dropLast().suffix(1) + ascending.suffix(1))
                .reversed()
        } else {
            guard steps >= 4 else {
                throw Failure(
                    .usage,
                    "\(steps) sampling steps were asked for; sampler pndm with Runge-Kutta steps needs 4",
                    hint: "Ask for at least 4 steps.")
            }
            let half = stride / 2
            let halves = ascending.suffix(4).flatMap { [$0, $0 + half] }.dropLast()
            let evaluations = halves.flatMap { [$0, $0] }.dropFirst().dropLast()
            rungeKuttaEvaluations = evaluations.count
            timesteps = evaluations.reversed() + ascending.dropLast(3).reversed()
        }
        self.schedule = schedule
        predictsVelocity = configuration.prediction == .velocity
        start = [Float](repeating: 0, count: elements)
        outputs = [[Float]](repeating: start, count: 4)
        estimate = start
        sum = start
    }

    /// Replaces x(t) by the sample that the next evaluation is of.
    public mutating func step(
        modelOutput: Span<Float>, at timestep: Int, sample: inout MutableSpan<Float>, noise: Span<Float>
    ) {
        precondition(sample.count == start.count && modelOutput.count == start.count)
        if evaluation < rungeKuttaEvaluations {
            rungeKutta(modelOutput, at: timestep, sample: &sample)
        } else {
            multistep(modelOutput, at: timestep, sample: &sample)
        }
        evaluation += 1
    }

    /// One of the four evaluations of a Runge-Kutta step; each starts from the sample of the first.
    private mutating func rungeKutta(
        _ output: Span<Float>, at timestep: Int, sample: inout MutableSpan<Float>
    ) {
        let sixth = Float(1.0 / 6.0)
        let third = Float(1.0 / 3.0)
        let phase = evaluation % 4
        if phase == 0 {
            remember(output)
            for index in sample.indices { start[index] = sample[index] }
        }
        for index in sample.indices {
            switch phase {
            case 0: sum[index] = sixth * output[index]
            case 3: break
            default: sum[index] += third * output[index]
            }
            estimate[index] = phase == 3 ? sum[index] + sixth * output[index] : output[index]
            sample[index] = start[index]
        }
        move(
            &sample, from: timesteps[evaluation / 4 * 4],
            to: phase % 2 == 1 ? timestep : timestep - stride / 2)
    }

    /// One evaluation of the linear multistep method, of the order that the remembered outputs allow.
    private mutating func multistep(_ output: Span<Float>, at timestep: Int, sample: inout MutableSpan<Float>)
    {
        var from = timestep
        var to = timestep - stride
        let finishesHeun = evaluation == 1
        if finishesHeun {
            (from, to) = (timestep + stride, timestep)
        } else {
            remember(output)
        }
        for index in sample.indices {
            let newest = outputs[3][index]
            switch remembered {
            case 1 where finishesHeun:
                estimate[index] = (output[index] + newest) / 2
                sample[index] = start[index]
            case 1:
                estimate[index] = newest
                start[index] = sample[index]
            case 2:
                estimate[index] = (3 * newest - outputs[2][index]) / 2
            case 3:
                estimate[index] = (23 * newest - 16 * outputs[2][index] + 5 * outputs[1][index]) / 12
            default:
                let weighted =
                    55 * newest - 59 * outputs[2][index] + 37 * outputs[1][index] - 9 * outputs[0][index]
                estimate[index] = Float(1.0 / 24.0) * weighted
            }
        }
        move(&sample, from: from, to: to)
    }

    /// Forgets the oldest output and keeps this one as the newest.
    private mutating func remember(_ output: Span<Float>) {
        for age in 0..<3 { outputs.swapAt(age, age + 1) }
        for index in output.indices { outputs[3][index] = output[index] }
        remembered = min(remembered + 1, 4)
    }

    /// Equation 9: moves the sample from timestep t to s along the estimate.
    private func move(_ sample: inout MutableSpan<Float>, from t: Int, to s: Int) {
        let alpha = schedule.alpha(at: t)
        let alphaPrevious = schedule.alpha(at: s)
        let signal = alpha.squareRoot()
        let deviation = (1 - alpha).squareRoot()
        let scale = (alphaPrevious / alpha).squareRoot()
        let difference = alphaPrevious - alpha
        let divisor =
            alpha * (1 - alphaPrevious).squareRoot() + (alpha * (1 - alpha) * alphaPrevious).squareRoot()
        for index in sample.indices {
            let epsilon =
                predictsVelocity ? signal * estimate[index] + deviation * sample[index] : estimate[index]
            sample[index] = scale * sample[index] - difference * epsilon / divisor
        }
    }
}
