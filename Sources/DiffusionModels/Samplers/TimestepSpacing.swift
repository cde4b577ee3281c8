import Diagnostics

/// How the S timesteps of sampling are chosen among the T of training (Lin and others 2023, table 2).
public enum TimestepSpacing: Hashable, Sendable {
    /// Multiples of T/S, from 0 up, and an offset.
    case leading
    /// Down from T - 1 in steps of T/S.
    case trailing
    /// From 0 to T - 1, both among them.
    case linspace

    static let named: [(String, TimestepSpacing)] = [
        ("leading", .leading), ("trailing", .trailing), ("linspace", .linspace),
    ]

    /// S timesteps among T, ascending.
    ///
    /// Throws `usage` where there are not so many timesteps, `badInput` where the offset leads past the last.
    func timesteps(_ steps: Int, of count: Int, offset: Int) throws(Failure) -> [Int] {
        guard 1...count ~= steps else {
            throw Failure(
                .usage,
                "\(steps) sampling steps were asked for; the model was trained with \(count) timesteps",
                hint: "Ask for between 1 and \(count) steps.")
        }
        let chosen: [Int]
        switch self {
        case .leading:
            chosen = (0..<steps).map { $0 * (count / steps) + offset }
        case .linspace:
            let step = Double(count - 1) / Double(max(steps - 1, 1))
            chosen = (0..<steps).map { Int((Double($0) * step).rounded(.toNearestOrEven)) }
        case .trailing:
            // numpy.arange adds multiples of the difference of its first two values. For some S it also yields a
            // surplus value near 0, timestep -1, which is no timestep and is left out here.
            let step = Double(count) - (Double(count) - Double(count) / Double(steps))
            chosen = (0..<steps).reversed().map {
                Int((Double(count) - Double($0) * step).rounded(.toNearestOrEven)) - 1
            }
        }
        guard let last = chosen.last, last < count else {
            throw Failure(
                .badInput, "steps_offset \(offset) leads past the last of \(count) training timesteps",
                hint: "Ask for fewer steps than \(steps).")
        }
        return chosen
    }
}
