import Catalogs
import Diagnostics

/// SQL of a person's own, which may do nothing but read, and not for ever.
struct QueryKind: Kind {
    private static let statements = [
        "SELECT id AS image_id FROM image", "SELECT * FROM generated JOIN caption ON caption.id = caption_id",
        "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c LIMIT 3",
        "SELECT stable_split(uid, 7, 'train 0.9, test 0.1') FROM image",
        "SELECT json_extract(options, '$.model') FROM run",
        "SELECT image_id, label, weight FROM kept GROUP BY label HAVING count(*) > 1 ORDER BY 1 DESC LIMIT 5 OFFSET 2",
        "SELECT value FROM json_each('[1, 2, {\"a\": null}]')",
        "SELECT hex(zeroblob(1000000)), printf('%1000000d', 1)",
        "SELECT a.id FROM image a, image b, image c, image d, image e, image f",
        "SELECT sum(id) OVER (ORDER BY id) FROM image",
        "PRAGMA journal_mode = DELETE", "ATTACH 'x' AS y", "DELETE FROM image",
        "INSERT INTO claim VALUES (1, 2, 3, 4)",
        "SELECT load_extension('x')", "CREATE TEMP TABLE x (y)", "VACUUM INTO 'x'",
        "SELECT * FROM sqlite_schema; DROP TABLE image",
        "UPDATE run SET host = ''", "REPLACE INTO image SELECT * FROM image",
        "SELECT writefile('x', 'y'), readfile('/etc/passwd')",
        "SELECT 'x' GLOB '[a-', 'x' LIKE '%%%%%%', like('a', 'b', 'c')",
        "EXPLAIN QUERY PLAN SELECT * FROM lineage",
    ]
    private let copy: CatalogCopy

    init(_ material: Material) throws(Failure) { copy = try CatalogCopy(material) }

    func attempt(_ dice: inout Dice, in scratch: Scratch) throws(Failure) {
        if scratch.bytes(CatalogCopy.file) != copy.catalog { try copy.layOut(in: scratch) }
        let others = Self.statements.map { Array($0.utf8) }
        var words = dice.pick(Self.statements).split(separator: " ").map(String.init)
        for _ in 0..<dice.below(3) where dice.once(in: 2) {
            let other = dice.pick(Self.statements).split(separator: " ").map(String.init)
            words.splice(other[dice.below(other.count)...], &dice)
        }
        var sql = Array(words.joined(separator: " ").utf8)
        if dice.once(in: 4) { sql = Mutation.bytes(sql, others: others, &dice) }
        try scratch.keep(sql)
        let catalog = try Catalog.open(at: "\(scratch.path)/\(CatalogCopy.file)", mode: .readOnly)
        let limits = QueryLimits(seconds: 0.2, rows: 1_000)
        let result = Result { () throws(Failure) in
            _ = try catalog.reader(limits: limits).query(String(decoding: sql, as: UTF8.self)) { _ in true }
        }
        guard scratch.bytes(CatalogCopy.file) == copy.catalog else {
            throw .broken("a query changed the catalog")
        }
        try result.get()
    }
}

extension [String] {
    /// Puts a few of some words in place of others.
    fileprivate mutating func splice(_ words: ArraySlice<String>, _ dice: inout Dice) {
        let start = dice.below(count)
        replaceSubrange(
            start..<Swift.min(count, start + dice.below(4)), with: words.prefix(1 + dice.below(6)))
    }
}
