import Catalogs
import Diagnostics
import Digests

/// A row that says what the work is done with: a rule, a measurement, a model.
///
/// It is recorded together with the first row that needs it. So a program that finds nothing to do, that is only
/// asked how much there is to do, or that fails before its work begins leaves the catalog as it was.
public final class Definition {
    /// Its uid.
    public let uid: UID
    /// Its id in this catalog, nil while it is not recorded.
    var id: Int?
    let record: (Run, Catalog) throws(Failure) -> Int

    init(_ uid: UID, id: Int?, record: @escaping (Run, Catalog) throws(Failure) -> Int) {
        self.uid = uid
        self.id = id
        self.record = record
    }

    /// One that is recorded already.
    public convenience init(recorded uid: UID, id: Int) { self.init(uid, id: id) { _, _ in id } }

    /// Its id as queries bind it and rows name it; null while it is not recorded, so that `column = :it` fits no row.
    public var reference: SQLValue { id.map { .integer($0) } ?? .null }
}

extension Session {
    /// The definition with a uid: the row that is there, else one that the next `write` records.
    ///
    /// - Parameters:
    ///   - table: the entity's table.
    ///   - uid: its uid.
    ///   - columns: gives the values of its columns when it is recorded; `uid` and `run_id` are filled in.
    ///   - members: appends the rows that hang on it, given its id.
    public func define(
        _ table: String, _ uid: UID, _ columns: @escaping () -> [String: SQLValue],
        members: @escaping (Int, Catalog) throws(Failure) -> Void = { _, _ in }
    ) throws(Failure) -> Definition {
        let known = try catalog.id(of: uid, in: table)
        let definition = Definition(uid, id: known) { run, catalog throws(Failure) in
            if let id = try catalog.id(of: uid, in: table) { return id }
            let values = columns().merging(["run_id": .integer(run.id)]) { $1 }
            let id = try catalog.append(table, uid, values)
            try members(id, catalog)
            return id
        }
        definitions.append(definition)
        return definition
    }
}
