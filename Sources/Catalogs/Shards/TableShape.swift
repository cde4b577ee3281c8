import Diagnostics

/// A table's columns and what they refer to, as the schema says.
struct TableShape {
    /// The table.
    let name: String
    /// Every column but `id`, in their order.
    let columns: [String]
    /// The table that a column refers to.
    let references: [String: String]

    init(_ name: String, in catalog: Catalog) throws(Failure) {
        self.name = name
        columns = try catalog.rows(
            "SELECT name FROM pragma_table_info(?) WHERE name <> 'id'", [.text(name)]
        ) { $0.text(0) }
        let keys = try catalog.rows(
            "SELECT \"from\", \"table\" FROM pragma_foreign_key_list(?)", [.text(name)]
        ) { ($0.text(0), $0.text(1)) }
        references = Dictionary(keys) { first, _ in first }
    }

    /// The columns that refer to rows, with their tables, in their order; packs are settled with their payloads.
    var rowReferences: [(column: String, table: String)] {
        columns.compactMap { column in references[column].map { (column, $0) } }.filter { $0.table != "pack" }
    }
}

/// The tables whose rows name payloads, each with the column that holds the digest.
let payloadColumns = [
    (table: "conditioning", column: "payload_sha256"), (table: "image", column: "file_sha256"),
]

/// Parts that come to a row after it was written: a run goes on, a pack is sealed.
let growingParts: Set = ["run_event", "pack_seal"]
