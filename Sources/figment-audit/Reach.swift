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
    /// - Parameters:
    ///   - begin: SQL over `:id` that yields `kind` and `id` of the rows to begin with.
    ///   - kinds: the kinds of those.
    init(
        _ question: Link.Question, from begin: String, kinds: [Kind], id: Int, in catalog: Catalog
    ) throws(Failure) {
        let links = try Self.links(question, from: kinds, in: catalog)
        try collect(Self.sql(question, links, from: begin), id, catalog)
    }

    /// The links of a question that lead anywhere from rows of some kinds: every one costs time for every row.
    private static func links(
        _ question: Link.Question, from kinds: [Kind], in catalog: Catalog
    ) throws(Failure) -> [Link] {
        var used: [Link] = []
        for link in Link.all where link.questions.contains(question) {
            let isUsed = try catalog.integer("SELECT EXISTS (SELECT 1 FROM \(link.through))") == 1
            if isUsed { used.append(link) }
        }
        var reachable = Set(kinds)
        var count = 0
        while count < reachable.count {
            count = reachable.count
            for link in used where reachable.contains(link.start(question)) {
                reachable.insert(link.end(question))
            }
        }
        return used.filter { reachable.contains($0.start(question)) }
    }

    /// The query that follows links, over `:id`.
    static func sql(_ question: Link.Question, _ links: [Link], from begin: String) -> String {
        """
        WITH RECURSIVE reached (kind, id) AS (
        \(([begin] + links.map { $0.step(question) }).joined(separator: "\nUNION\n")))
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
        let record = try Reach(
            .record, from: "SELECT \(Kind.image.code), :id", kinds: [.image], id: image, in: catalog)
        let rows = record.ids.flatMap { kind, ids in ids.map { "(\(kind.code), \($0))" } }
        try self.init(
            .sources, from: "SELECT * FROM (VALUES \(rows.joined(separator: ", ")))",
            kinds: Array(record.ids.keys), id: image, in: catalog)
    }
}

extension Reach {
    /// What rests on a row, by some of the links, without the row itself.
    init(_ question: Link.Question, of kind: Kind, _ id: Int, in catalog: Catalog) throws(Failure) {
        self = try Reach(question, from: "SELECT \(kind.code), :id", kinds: [kind], id: id, in: catalog)
            .without(kind, id)
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
