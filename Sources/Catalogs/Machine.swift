import Glibc

/// The machine and the time of a run, for its record.
enum Machine {
    /// The host's name.
    static let host: String = {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()

    /// The processor's model, as the kernel names it.
    static let cpu: String = {
        guard let file = fopen("/proc/cpuinfo", "r") else { return "unknown" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 1_024)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("model name"), let colon = text.firstIndex(of: ":") else { continue }
            return text[text.index(after: colon)...].split(whereSeparator: \.isWhitespace)
                .joined(separator: " ")
        }
        return "unknown"
    }()

    /// The time now in UTC, in the form of ISO 8601 with milliseconds ("2026-01-31T12:00:00.000Z").
    static var timestamp: String {
        let (seconds, milliseconds) = WallClock.milliseconds.quotientAndRemainder(dividingBy: 1_000)
        var second = time_t(seconds)
        var parts = tm()
        gmtime_r(&second, &parts)
        func digits(_ value: Int, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let date = [
            digits(Int(parts.tm_year) + 1_900, 4), digits(Int(parts.tm_mon) + 1, 2),
            digits(Int(parts.tm_mday), 2),
        ].joined(separator: "-")
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { digits(Int($0), 2) }.joined(
            separator: ":")
        return "\(date)T\(time).\(digits(milliseconds, 3))Z"
    }
}
