/// How much of the signal is left at each training timestep.
///
/// The letters of Song and others 2021 (DDIM): a(t), here `alpha`, is the product of (1 - beta) up to timestep t, and
/// a noisy sample is x(t) = sqrt(a(t)) x(0) + sqrt(1 - a(t)) noise.
public struct NoiseSchedule: Hashable, Sendable {
    private let alphas: [Float]
    private let finalAlpha: Float

    /// Computes the schedule of a configuration.
    public init(_ configuration: SchedulerConfiguration) {
        var betas = configuration.betas.values(configuration.trainTimesteps)
        if configuration.rescalesToZeroSNR { betas = Self.rescaledToZeroSNR(betas) }
        alphas = Self.cumulativeProducts(betas)
        finalAlpha = configuration.endsAtAlphaOne ? 1 : alphas[0]
    }

    /// The number of training timesteps, T.
    public var count: Int { alphas.count }

    /// a(t); before the first timestep, the one that sampling ends at.
    func alpha(at timestep: Int) -> Float { timestep < 0 ? finalAlpha : alphas[timestep] }

    /// Puts noise on a clean sample, as much as there is at a timestep: what an image-to-image start is.
    ///
    /// All three have the same number of elements; `sample` comes clean and leaves noisy.
    public func addNoise(_ noise: Span<Float>, to sample: inout MutableSpan<Float>, at timestep: Int) {
        let signal = alpha(at: timestep).squareRoot()
        let deviation = (1 - alpha(at: timestep)).squareRoot()
        for index in sample.indices { sample[index] = signal * sample[index] + deviation * noise[index] }
    }

    /// Products of (1 - beta), accumulated in double precision as PyTorch accumulates them.
    private static func cumulativeProducts(_ betas: [Float]) -> [Float] {
        var product = 1.0
        return betas.map { beta in
            product *= Double(1 - beta)
            return Float(product)
        }
    }

    /// Shifts and scales sqrt(a) so that nothing of the signal is left at the last timestep.
    ///
    /// Lin and others 2023, "Common diffusion noise schedules and sample steps are flawed", algorithm 1.
    private static func rescaledToZeroSNR(_ betas: [Float]) -> [Float] {
        var roots = cumulativeProducts(betas).map { $0.squareRoot() }
        let first = roots[0]
        let last = roots[roots.count - 1]
        guard first > last else { return betas }
        for index in roots.indices { roots[index] = (roots[index] - last) * (first / (first - last)) }
        let kept = roots.map { $0 * $0 }
        return kept.indices.map { 1 - ($0 == 0 ? kept[0] : kept[$0] / kept[$0 - 1]) }
    }
}
