import Glibc

/// A line that tells how far the work is: redrawn in place on a terminal, a plain line now and then elsewhere.
public struct Progress {
    private let label: String
    private let unit: String
    private let total: Int
    private let isTerminal: Bool
    private let start = Self.now()
    private var lastShown: Double
    private var done = 0

    /// Starts the clock for `total` things; `unit` is their plural ("images").
    public init(_ label: String, total: Int, unit: String) {
        self.label = label
        self.total = total
        self.unit = unit
        isTerminal = StandardError.isTerminal
        lastShown = start
    }

    /// Says that `count` more are done; shows it where enough time has passed.
    public mutating func advance(by count: Int) {
        done += count
        let now = Self.now()
        guard now - lastShown >= (isTerminal ? 0.1 : 10) else { return }
        lastShown = now
        show(at: now)
    }

    /// Leaves the terminal's line.
    public func finish() {
        guard isTerminal, lastShown > start else { return }
        show(at: Self.now())
        StandardError.write("\n")
    }

    private func show(at now: Double) {
        let text = Self.text(label, done: done, total: total, unit: unit, seconds: now - start)
        StandardError.write(isTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n")
    }

    /// "generate: 120 of 400 images, 30 %, 5.2 images/s, 54 s left".
    static func text(_ label: String, done: Int, total: Int, unit: String, seconds: Double) -> String {
        guard done > 0, seconds > 0 else { return "\(label): \(done) of \(total) \(unit)" }
        let rate = Double(done) / seconds
        let left = duration(Double(max(total - done, 0)) / rate)
        let percent = total > 0 ? 100 * done / total : 100
        return "\(label): \(done) of \(total) \(unit), \(percent) %, \(rounded(rate)) \(unit)/s, \(left) left"
    }

    /// A number of seconds as people say it: "54 s", "3 min 20 s", "2 h 5 min".
    static func duration(_ seconds: Double) -> String {
        let whole = Int(min(seconds.rounded(.up), 1e9))
        switch whole {
        case ..<60: return "\(whole) s"
        case ..<3_600: return "\(whole / 60) min \(whole % 60) s"
        default: return "\(whole / 3_600) h \(whole % 3_600 / 60) min"
        }
    }

    static func rounded(_ rate: Double) -> String {
        rate >= 100 ? "\(Int(min(rate, 1e15)))" : "\((rate * 10).rounded() / 10)"
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
