import Catalogs
import Diagnostics
import Foundation
import Glibc

/// Who works on what until when, so that two workers on one catalog do not make the same thing twice.
///
/// A claim is a courtesy, not a lock: rows are appended once whatever happens, because their uids follow from
/// what they are. A claim ends with its deadline, or as soon as its owner on this machine is seen to be dead.
public struct Claims {
    /// How long a batch may take before others may have its items.
    static let lease: Int = 15 * 60 * 1_000

    /// What tells this work from any other.
    let work: String
    /// Machine, process and the time at which the process started.
    let owner = Claims.token(process: getpid()) ?? "unknown"

    /// Takes items, inside the transaction in which they were found to be free.
    func take(_ items: [String], in catalog: Catalog) throws(Failure) {
        let deadline = Self.now() + Self.lease
        for item in items {
            try catalog.execute(
                """
                INSERT INTO claim (work, item, owner, deadline) VALUES (?, ?, ?, ?)
                ON CONFLICT (work, item) DO UPDATE SET owner = excluded.owner, deadline = excluded.deadline
                """,
                [.text(work), .text(item), .text(owner), .integer(deadline)])
        }
    }

    /// Gives items back, inside the transaction in which their rows are appended.
    func release(_ items: [String], in catalog: Catalog) throws(Failure) {
        for item in items {
            try catalog.execute(
                "DELETE FROM claim WHERE work = ? AND item = ? AND owner = ?",
                [.text(work), .text(item), .text(owner)])
        }
    }

    /// Gives back whatever this process still holds.
    func releaseAll(in catalog: Catalog) throws(Failure) {
        try catalog.write { () throws(Failure) in
            try catalog.execute(
                "DELETE FROM claim WHERE work = ? AND owner = ?", [.text(work), .text(owner)])
        }
    }

    /// Removes claims that are past their deadline, or whose owner on this machine is no more.
    func clearAbandoned(in catalog: Catalog) throws(Failure) {
        try catalog.write { () throws(Failure) in
            let owners = try catalog.rows(
                "SELECT DISTINCT owner FROM claim WHERE work = ?", [.text(work)]
            ) { $0.text(0) }
            try catalog.execute(
                "DELETE FROM claim WHERE work = ? AND deadline <= ?", [.text(work), .integer(Self.now())])
            for owner in owners where Self.isDead(owner) {
                try catalog.execute(
                    "DELETE FROM claim WHERE work = ? AND owner = ?", [.text(work), .text(owner)])
            }
        }
    }

    /// Whether an owner was a process of this machine's present boot and is gone.
    static func isDead(_ owner: String) -> Bool {
        let parts = owner.split(separator: ":")
        guard parts.count == 3, parts[0] == machine, let process = Int32(parts[1]) else { return false }
        return token(process: process) != owner
    }

    /// "machine:pid:start", or nil where there is no such process; the start tells a reused pid apart.
    private static func token(process: Int32) -> String? {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let name = status.lastIndex(of: ")")
        else { return nil }
        // Field 22 of proc(5)'s stat is the start time; the fields after the name begin with the third.
        let fields = status[status.index(after: name)...].split(separator: " ")
        guard fields.count > 19 else { return nil }
        return "\(machine):\(process):\(fields[19])"
    }

    /// Where process ids mean the same: the kernel's random name for this boot, and the namespace of process ids,
    /// which every container has for itself.
    private static let machine: String = {
        let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        let space = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        let name = boot?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ProcessInfo.processInfo.hostName
        return name + "/" + (space ?? "").filter(\.isNumber)
    }()

    static func now() -> Int { Int(Date().timeIntervalSince1970 * 1_000) }
}

extension Claims {
    /// The condition that nobody holds a claim on `item`, a text expression; binds `:work` and `:now`
    /// (see `claiming`).
    public static func free(_ item: String) -> String {
        "NOT EXISTS (SELECT 1 FROM claim WHERE work = :work AND item = \(item) AND deadline > :now)"
    }
}

extension [String: SQLValue] {
    /// These bindings with those that `Claims.free` needs.
    public func claiming(_ work: String) -> [String: SQLValue] {
        merging([":work": .text(work), ":now": .integer(Claims.now())]) { $1 }
    }
}
