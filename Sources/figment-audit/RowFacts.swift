import Catalogs
import Diagnostics
import JSONValues
import StageKit

/// A row for its own sake: its uid, its columns that are no references, and a few words that name it.
struct RowFacts {
    let kind: Kind
    let uid: String
    /// The run that recorded it, nil for a run.
    let run: Int?
    /// Its columns but ids, uid and blobs; absent ones left out.
    let values: JSONObject

    /// - Throws: catalog where there is no such row: another row names it, or it was found before.
    init(_ kind: Kind, _ id: Int, in catalog: Catalog) throws(Failure) {
        let rows = try catalog.rows("SELECT * FROM \(kind.table) WHERE id = ?", [.integer(id)]) { row in
            Array(zip(row.columns, row.values))
        }
        guard let row = rows.first else {
            throw Failure(
                .catalog, "table \(kind.table), row \(id): it is missing, and other rows refer to it",
                hint: "Run 'figment check'.")
        }
        func value(_ column: String) -> SQLValue { row.first { $0.0 == column }?.1 ?? .null }
        self.kind = kind
        uid = value("uid").json.string ?? ""
        run = value("run_id").json.integer
        values = JSONObject(
            row.compactMap { column, value in
                if value == .null || column == "id" || column == "uid" || column.hasSuffix("_id") {
                    return nil
                }
                if case .blob = value { return nil }
                return (column, value.json)
            })
    }

    /// What people would call it.
    var label: String {
        let names = ["text", "name", "caption", "measure", "directory", "program", "kind", "verdict"]
        let name = names.lazy.compactMap { values[$0]?.string }.first
        return name.map { "\(kind.noun) \($0)" } ?? "\(kind.noun) \(uid.prefix(12))"
    }
}
