import Catalogs
import Diagnostics
import JSONValues
import StageKit
import Texts

/// A run as an auditor wants it: which program and version, when, on which machine, how it ended.
struct RunRecord {
    let id: Int
    let uid: String
    let program: String
    let version: String
    /// Its name, or the pseudonym that was recorded in place of it.
    let host: String
    let cpu: String
    let startedAt: String
    /// When its last event was, and which; "started" and "batch" mean that it works still, or was killed.
    let lastEvent: (kind: String, at: String)
    /// All of it, for JSON.
    let json: JSONObject

    /// Reads runs by their ids.
    static func read(_ ids: [Int], in catalog: Catalog) throws(Failure) -> [RunRecord] {
        var records: [RunRecord] = []
        for id in ids {
            records += try catalog.rows(
                """
                SELECT run.id, run.uid, program, version, host, cpu, started_at, coalesce(kind, 'started'),
                    coalesce(at, started_at), threads, options, seed, sqlite_version, process, nonce, message,
                    machine
                FROM run LEFT JOIN run_event ON run_event.run_id = run.id AND sequence = (
                    SELECT max(sequence) FROM run_event WHERE run_id = run.id)
                WHERE run.id = ?
                """, [.integer(id)]
            ) { RunRecord($0) }
        }
        return records
    }

    private init(_ row: Row) {
        id = row.integer(0)
        uid = row.text(1)
        program = row.text(2)
        version = row.text(3)
        host = row.text(4).isEmpty ? row.optionalText(16) ?? "" : row.text(4)
        cpu = row.text(5)
        startedAt = row.text(6)
        lastEvent = (row.text(7), row.text(8))
        json = JSONObject([
            ("uid", .string(uid)), ("program", .string(program)), ("version", .string(version)),
            ("started_at", .string(startedAt)), ("ended", .string(lastEvent.kind)),
            ("ended_at", .string(lastEvent.at)), ("host", row.text(4).isEmpty ? .null : .string(row.text(4))),
            ("machine", row.value(16).json), ("cpu", .string(cpu)),
            ("threads", row.value(9).json), ("seed", row.value(11).json), ("options", row.value(10).json),
            ("sqlite_version", row.value(12).json), ("process", row.value(13).json),
            ("nonce", row.value(14).json), ("message", row.value(15).json),
        ])
    }

    /// Who, with which version, when, and how it ended.
    var line: String {
        "\(program) \(version), \(startedAt) to \(lastEvent.at), \(lastEvent.kind)"
    }

    /// Where.
    var machine: String {
        let threads = json["threads"]?.integer ?? 0
        return "\(host), \(cpu), \(threads) \(threads == 1 ? "thread" : "threads"), "
            + "SQLite \(json["sqlite_version"]?.string ?? "")"
    }

    /// The options that were given or have a value by default, as they are typed.
    var options: String {
        let options = try? JSONValue(parsing: json["options"]?.string ?? "", source: "options").object
        let words = (options?.members ?? []).flatMap { name, value -> [String] in
            if value == .null || value == .boolean(false) { return [] }
            let title = name.allSatisfy(\.isUppercase) ? "" : "--\(name)"
            if value == .boolean(true) { return [title] }
            return (value.array ?? [value]).flatMap { [title, ShellText.word($0.string ?? $0.text)] }
        }
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }
}

extension Reach {
    /// The runs that recorded its rows, in the order of their ids.
    func runs(in catalog: Catalog) throws(Failure) -> [RunRecord] {
        var runs: Set<Int> = []
        for (kind, ids) in ids where kind != .run {
            for id in ids {
                runs.insert(
                    try catalog.integer("SELECT run_id FROM \(kind.table) WHERE id = ?", [.integer(id)]))
            }
        }
        return try RunRecord.read(runs.sorted(), in: catalog)
    }
}
