import CatalogSchema
import Diagnostics
import SQLite
import Texts

extension CatalogCheck {
    /// Looks at the file: its schema, its pages, and whether every row that is named is there.
    mutating func lookAtFile() {
        attempt("the schema") { check throws(Failure) in try check.compareSchema() }
        attempt("the file") { check throws(Failure) in try check.lookAtPages() }
        attempt("the foreign keys") { check throws(Failure) in try check.followReferences() }
    }

    /// Compares the schema with the one that the migrations make.
    private mutating func compareSchema() throws(Failure) {
        let deviations = try failing { () throws(SQLiteError) in
            try SchemaDeviation.all(of: catalog.connection)
        }
        for deviation in deviations { add(.schema, deviation.message) }
    }

    /// Asks SQLite about its pages; where something is wrong, once more table by table, since it names none.
    private mutating func lookAtPages() throws(Failure) {
        let pragma = isFast ? "quick_check" : "integrity_check"
        let complaints = try complaints(of: "PRAGMA \(pragma)(\(Findings.cap))")
        guard !complaints.isEmpty else { return }
        let tables = try catalog.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        ) { $0.text(0) }
        var placed: Set<String> = []
        for table in tables {
            for complaint in try self.complaints(of: "PRAGMA \(pragma)(\(SQLText.literal(table)))") {
                placed.insert(complaint)
                add(.file, "table \(table): \(complaint)")
            }
        }
        for complaint in complaints where !placed.contains(complaint) { add(.file, complaint) }
    }

    /// What one of SQLite's checks says, and the error that it ends in.
    ///
    /// - Throws: outOfMemory, which says nothing about the file.
    private func complaints(of pragma: String) throws(Failure) -> [String] {
        var texts: [String] = []
        do throws(Failure) {
            try catalog.forEachRow(pragma) { texts.append($0.text(0)) }
        } catch {
            if error.isPassing { throw error }
            texts.append(error.summary)
        }
        return texts.flatMap { $0.split(separator: "\n").map(String.init) }
            .filter { $0 != "ok" && !$0.hasPrefix("*** in database") }
    }

    private mutating func followReferences() throws(Failure) {
        try catalog.forEachRow("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check") { row in
            let place = row.optionalInteger(1).map { "row \($0)" } ?? "a row"
            add(
                .reference,
                "table \(row.text(0)), \(place): the row of \(row.text(2)) that it names is missing")
        }
    }
}
