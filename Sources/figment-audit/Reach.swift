import Catalogs
import Diagnostics
import JSONValues

/// All rows that can be reached from some by following links: their ids by kind, in order.
struct Reach {
    fileprivate(set) var ids: [Kind: [Int]] = [:]

    /// Follows the links of a question from some rows, which are a part of the answer.
    ///
    /// It is one query, whose every step from row to row is a look into an index; where the schema has none, because
    /// there is seldom a reason to go that way, SQLite makes one for the time of the query.
    ///
    /// - Parameter begin: SQL over `:id` that yields `kind` and `id` of the rows to begin with.
    init(
        _ question: Link.Question, from begin: String, id: Int, in catalog: Catalog
    ) throws(Failure) {
        try collect(Self.sql(question, from: begin), id, catalog)
    }

    /// The query that follows the links of a question, over `:id`.
    static func sql(_ question: Link.Question, from begin: String) -> String {
        let steps = Link.all.filter { $0.questions.contains(question) }.map { $0.step(question) }
        return """
            WITH RECURSIVE reached (kind, id) AS (
            \(([begin] + steps).joined(separator: "\nUNION\n")))
            SELECT kind, id FROM reached WHERE :id IS NOT NULL
            """
    }

    private mutating func collect(_ sql: String, _ id: Int, _ catalog: Catalog) throws(Failure) {
        try catalog.forEachRow(sql, [":id": .integer(id)]) { row in
            ids[Kind.allCases[row.integer(0)], default: []].append(row.integer(1))
        }
        for kind in ids.keys { ids[kind]?.sort() }
    }

    /// Nothing.
    init() {}

    /// Whether there is nothing.
    var isEmpty: Bool { ids.values.allSatisfy(\.isEmpty) }

    /// The same without one row.
    func without(_ kind: Kind, _ id: Int) -> Reach {
        var rest = self
        rest.ids[kind]?.removeAll { $0 == id }
        return rest
    }

    /// Adds what another has.
    mutating func formUnion(_ other: Reach) {
        for (kind, others) in other.ids { ids[kind] = Set(self[kind]).union(others).sorted() }
    }

    subscript(kind: Kind) -> [Int] { ids[kind] ?? [] }
}

extension Reach {
    /// What an image was made of, what was found out about it, where it went, and what those rest on.
    init(around image: Int, in catalog: Catalog) throws(Failure) {
        let record = try Reach(.record, from: "SELECT \(Kind.image.code), :id", id: image, in: catalog)
        let rows = record.ids.flatMap { kind, ids in ids.map { "(\(kind.code), \($0))" } }
        try self.init(
            .sources, from: "SELECT * FROM (VALUES \(rows.joined(separator: ", ")))", id: image, in: catalog)
    }
}

extension Reach {
    /// What rests on a row, by some of the links, without the row itself.
    init(_ question: Link.Question, of kind: Kind, _ id: Int, in catalog: Catalog) throws(Failure) {
        self = try Reach(question, from: "SELECT \(kind.code), :id", id: id, in: catalog).without(kind, id)
    }

    /// The kinds that people ask for.
    static let shown: [Kind] = [.caption, .conditioning, .image, .snapshot, .export, .training, .model]

    /// How many there are of each kind.
    var counts: JSONValue {
        .object(JSONObject(Self.shown.map { ($0.plural, .integer(self[$0].count)) }))
    }

    /// The same in words.
    var summary: String {
        let words = Self.shown.filter { !self[$0].isEmpty }.map { kind in
            "\(self[kind].count) \(self[kind].count == 1 ? kind.noun : kind.plural)"
        }
        return words.isEmpty ? "nothing" : words.joined(separator: ", ")
    }
}
