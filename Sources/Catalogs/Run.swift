import Diagnostics
import Digests
import Glibc
import JSONValues
import SQLite

/// One invocation of a program, as every row that it appends refers to it.
public struct Run: Sendable {
    /// Its id in this catalog.
    public let id: Int
    /// Its uid, different for every invocation.
    public let uid: UID

    /// Records that a program has started.
    ///
    /// - Parameters:
    ///   - catalog: where.
    ///   - program: the program's name.
    ///   - version: the program's version.
    ///   - options: every option with its effective value.
    ///   - seed: what everything random was drawn from, nil where nothing was.
    ///   - threads: how many processor cores it uses.
    ///   - namesHost: whether the machine's name and the process are recorded, and not only a pseudonym of the machine.
    public static func begin(
        in catalog: Catalog, program: String, version: String, options: JSONValue, seed: Int?, threads: Int,
        namesHost: Bool = false
    ) throws(Failure) -> Run {
        // What makes this invocation different from any other on any machine.
        let nonce = String(UInt64.random(in: 0 ... .max), radix: 16)
        let host = namesHost ? Machine.host : ""
        let process = namesHost ? Int(getpid()) : nil
        let machine = Pseudonym.of(Machine.host)
        let started = Machine.timestamp
        let uid = UID(
            of: "run",
            [
                ("program", .string(program)), ("version", .string(version)), ("options", options),
                ("seed", seed.map { .integer($0) } ?? .null), ("host", .string(host)),
                ("cpu", .string(Machine.cpu)), ("threads", .integer(threads)),
                ("sqlite_version", .string(Connection.version)), ("started_at", .string(started)),
                ("process", process.map { .integer($0) } ?? .null), ("nonce", .string(nonce)),
                ("machine", .string(machine)),
            ])
        return try catalog.write { () throws(Failure) in
            let id = try catalog.append(
                "run", uid,
                [
                    "program": .text(program), "version": .text(version),
                    "options": .text(options.canonicalText),
                    "seed": seed.map { .integer($0) } ?? .null, "host": .text(host),
                    "cpu": .text(Machine.cpu), "threads": .integer(threads),
                    "sqlite_version": .text(Connection.version), "started_at": .text(started),
                    "process": process.map { .integer($0) } ?? .null, "nonce": .text(nonce),
                    "machine": .text(machine),
                ])
            let run = Run(id: id, uid: uid)
            try run.append(.started, to: catalog)
            return run
        }
    }

    /// Records what happened in the run.
    ///
    /// - Parameters:
    ///   - kind: what.
    ///   - appended: how many items became rows.
    ///   - refused: how many items were refused, each with its reason in a row.
    ///   - message: what else there is to say.
    ///   - catalog: where.
    public func append(
        _ kind: RunEvent, appended: Int = 0, refused: Int = 0, message: String? = nil, to catalog: Catalog
    ) throws(Failure) {
        try catalog.execute(
            """
            INSERT INTO run_event (run_id, sequence, kind, at, appended, refused, message)
            SELECT ?1, coalesce(max(sequence), -1) + 1, ?2, ?3, ?4, ?5, ?6 FROM run_event WHERE run_id = ?1
            """,
            [
                .integer(id), .text(kind.rawValue), .text(Machine.timestamp), .integer(appended),
                .integer(refused), message.map { .text($0) } ?? .null,
            ])
    }
}

/// What can happen in a run.
public enum RunEvent: String, CaseIterable, Sendable {
    case started
    case batch
    case interrupted
    case failed
    case finished

    /// Whether nothing comes after it.
    public var isLast: Bool { self == .interrupted || self == .failed || self == .finished }
}
