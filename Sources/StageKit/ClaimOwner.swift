import Catalogs
import Foundation
import Glibc

/// The names under which workers hold claims: `machine:pid:start:nonce`.
enum ClaimOwner {
    /// A name that no other worker has, in this process or any other.
    static func current() -> String {
        let process = process(getpid()) ?? "unknown:\(getpid()):0"
        return "\(process):\(String(UInt32.random(in: 0 ... .max), radix: 16))"
    }

    /// Whether an owner was a process of this machine's present boot and is gone.
    static func isDead(_ owner: String) -> Bool {
        let parts = owner.split(separator: ":")
        guard parts.count >= 3, parts[0] == machine, let number = Int32(parts[1]) else { return false }
        return process(number) != parts[..<3].joined(separator: ":")
    }

    /// "machine:pid:start", or nil where there is no such process; the start tells a reused pid apart.
    private static func process(_ number: Int32) -> String? {
        guard let status = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
            let name = status.lastIndex(of: ")")
        else { return nil }
        // Field 22 of proc(5)'s stat is the start time; the fields after the name begin with the third.
        let fields = status[status.index(after: name)...].split(separator: " ")
        guard fields.count > 19 else { return nil }
        return "\(machine):\(number):\(fields[19])"
    }

    /// Where process ids mean the same: a pseudonym of the kernel's random name for this boot, and of the namespace of
    /// process ids, which every container has for itself.
    private static let machine: String = {
        let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        let space = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        let name = boot?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ProcessInfo.processInfo.hostName
        return Pseudonym.of(name + (space ?? ""))
    }()
}
