import CatalogSchema
import Catalogs
import Foundation
import Glibc

/// What two catalogs have in common when the same work was done in both, however often it was interrupted.
struct Footprint: Hashable {
    /// Of each table its rows, as they are in any file: without ids, and without where bytes lie.
    let rows: [String: [[SQLValue]]]

    /// Who did the work, who is at it, how far it is, and where bytes lie.
    private static let bookkeeping: Set = [
        "run", "run_event", "pack", "pack_seal", "claim", "frontier", "migration", "sqlite_sequence",
    ]

    /// Where every run says anew what it found.
    private static let perRun: Set = ["rederivation"]

    init(of catalog: Catalog) throws {
        let incidental = Dictionary(
            uniqueKeysWithValues: Entity.all.map { ($0.table, $0.incidental) })
        let tables = try catalog.rows("SELECT name FROM sqlite_schema WHERE type = 'table'") { $0.text(0) }
        rows = try tables.reduce(into: [:]) { rows, table in
            if Self.bookkeeping.contains(table) { return }
            let columns = try catalog.rows("SELECT name FROM pragma_table_info(?)", [.text(table)]) {
                $0.text(0)
            }
            let isPerRun = Self.perRun.contains(table)
            let telling = columns.filter { column in
                column != "id" && !column.hasSuffix("_id") && !(isPerRun && column == "uid")
                    && incidental[table]?.contains(column) != true
            }
            let list = telling.joined(separator: ", ")
            rows[table] = try catalog.rows(
                "SELECT \(isPerRun ? "DISTINCT" : "") \(list) FROM \(table) ORDER BY \(list)"
            ) { $0.values }
        }
    }

    /// The tables in which two differ, with how many rows each has.
    func differences(from other: Footprint) -> [String] {
        Set(rows.keys).union(other.rows.keys).sorted().filter { rows[$0] != other.rows[$0] }.map { table in
            "\(table): \(rows[table]?.count ?? -1) rows, not the \(other.rows[table]?.count ?? -1) expected"
        }
    }
}

/// Sees from outside that a program has written something.
struct DiskWatcher {
    private let paths: [String]

    init(_ shop: Workshop) {
        paths = [
            "", "trial.sqlite", "trial.sqlite-wal", "trial.sqlite.lock", "trial.packs",
            "trial.packs/0001.sqlite",
            "trial.packs/0001.sqlite-journal", "shards", "shards/trial-01.sqlite", "shards/trial-02.sqlite",
        ].map { shop.folder.path($0) }
    }

    /// A number that changes with the size and the time of any of the files.
    func sight() -> Int {
        var hasher = Hasher()
        for path in paths {
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            hasher.combine(status.st_size)
            hasher.combine(status.st_mtim.tv_nsec)
            hasher.combine(status.st_ino)
        }
        return hasher.finalize()
    }

    /// Waits until something has been written `count` times, or the process has ended by itself; gives how often.
    @discardableResult
    func wait(for count: Int, _ process: Process) -> Int {
        var seen = 0
        var last = sight()
        while process.isRunning && seen < count {
            usleep(100)
            let now = sight()
            if now != last { seen += 1 }
            last = now
        }
        return seen
    }
}
