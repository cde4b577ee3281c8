import CatalogSchema
import Diagnostics
import SQLite

extension CatalogCheck {
    /// Looks for texts and blobs that are larger than programs read: whoever comes across one stops there.
    mutating func lookAtSizes() throws(Failure) {
        for entity in Entity.all {
            for table in [entity.table] + entity.parts.map(\.table) { try lookAtSizes(of: table) }
        }
    }

    private mutating func lookAtSizes(of table: String) throws(Failure) {
        let columns = try catalog.rows(
            "SELECT name FROM pragma_table_info(?) WHERE upper(type) IN ('TEXT', 'BLOB')", [.text(table)]
        ) { $0.text(0) }
        guard !columns.isEmpty else { return }
        // The length of a text counts its characters up to the first that is NUL.
        let sizes = columns.map { "length(CAST(\($0) AS BLOB))" }
        let isLarge = sizes.map { "\($0) > \(Catalog.valueBytes)" }.joined(separator: " OR ")
        let id = columns.contains("uid") ? "id" : "'?'"
        try catalog.forEachRow(
            "SELECT \(id), \(sizes.joined(separator: ", ")) FROM \(table) WHERE \(isLarge)"
        ) { row in
            for (index, column) in columns.enumerated() where row.integer(index + 1) > Catalog.valueBytes {
                add(
                    .value,
                    "table \(table), row \(row.text(0)): \(column) has \(row.integer(index + 1)) bytes, and programs read "
                        + "no more than \(Catalog.valueBytes)")
            }
        }
    }
}
