import CatalogSchema
import Diagnostics
import Digests
import SQLite

/// A row whose uid does not follow from what the row holds.
public struct UIDFault: Hashable, Sendable {
    /// What is wrong with it.
    public enum Reason: Hashable, Sendable {
        /// What it holds makes another uid: the row, or the uid, has been changed.
        case differs(UID)
        /// A row that it refers to is not there, or has no uid.
        case danglingReference(field: String)
        /// A column that should hold JSON holds something else.
        case unreadableJSON(field: String)
    }

    /// The row's table.
    public let table: String
    /// The row's id.
    public let id: Int
    /// The uid that it has.
    public let uid: String
    /// What is wrong.
    public let reason: Reason
}

extension Catalog {
    /// Recomputes the uid of every row of an entity's table and tells of each that does not follow from its row.
    ///
    /// Runs that were recorded before their rows held all that their uids are made of are passed over. Memory does
    /// not grow with the table.
    ///
    /// - Parameters:
    ///   - entity: the table, and what its uids are made of.
    ///   - schema: the name of an attached database to look at instead.
    ///   - body: takes the faults by id.
    public func forEachUIDFault(
        of entity: Entity, in schema: String = "main", _ body: (UIDFault) throws(Failure) -> Void
    ) throws(Failure) {
        let rows = try failing { () throws(SQLiteError) in
            try RecomputedRows(entity, in: schema, on: connection)
        }
        while let row = try failing({ () throws(SQLiteError) in try rows.next() }) {
            if let fault = row.fault { try body(fault) }
        }
    }
}
