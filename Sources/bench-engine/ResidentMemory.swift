import Foundation

/// The memory of this process that is not on disk, in MiB.
enum ResidentMemory {
    static var now: Int { mebibytes("VmRSS:") }

    /// The most at once; `getrusage` would count that of the program that started this one.
    static var peak: Int { mebibytes("VmHWM:") }

    private static func mebibytes(_ field: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(field) }
        return (line?.split(whereSeparator: { !$0.isNumber }).first).flatMap { Int($0) }.map { $0 >> 10 } ?? 0
    }
}
