import CatalogSchema
import Catalogs
import Diagnostics
import Digests
import SQLite
import Testing

/// Uids, recomputed from the rows that have them.
struct IdentityTests {
    let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        try workspace.image(of: Array("a picture".utf8))
        try workspace.caption()
    }

    private func faults() throws -> [UIDFault] {
        var faults: [UIDFault] = []
        for entity in Entity.all {
            try workspace.catalog.forEachUIDFault(of: entity) { faults.append($0) }
        }
        return faults
    }

    @Test func followFromRowsThatNobodyChanged() throws {
        #expect(try faults() == [])
    }

    @Test func sayWhatAChangedRowWouldBe() throws {
        try workspace.change("caption", "UPDATE caption SET text = 'a dog'")
        let found = try faults()
        #expect(found.map(\.table) == ["caption"])
        #expect(found.map(\.id) == [1])
        try workspace.caption("a dog")
        let honest = try workspace.catalog.rows("SELECT uid FROM caption WHERE id = 2") { $0.text(0) }
        #expect(found.map(\.reason) == honest.compactMap(UID.init(hex:)).map { .differs($0) })
    }

    @Test(arguments: [
        ("seed = NULL", "caption"), ("sampling = '{\"top_p\":0.9}'", "caption"),
        ("strategy = 'compose'", "caption"), ("concept_id = 1", "caption"),
        ("uid = replace(uid, substr(uid, 1, 1), 'x')", "caption"), ("uid = upper(uid) || 'A'", "caption"),
        ("name = 'x' WHERE id = 2", "concept"), ("weight = 0.25 WHERE id = 2", "concept"),
        ("position = position + 9 WHERE id = 1", "concept"),
    ]) func changeWithEveryValue(assignment: String, table: String) throws {
        try workspace.change(table, "UPDATE \(table) SET \(assignment)")
        // What is changed in a concept shows in its list.
        let found = Set(try faults().map(\.table))
        #expect(found == [table == "concept" ? "vocabulary" : table])
    }

    @Test func doNotDependOnHowJSONIsSpelled() throws {
        try workspace.change("caption", "UPDATE caption SET sampling = '{\"max_tokens\":7,\"top_p\":9e-1}'")
        #expect(try faults() == [])
        try workspace.change("run", "UPDATE run SET options = 'null'")
        #expect(try faults().map(\.table) == ["run"])
    }

    @Test func cannotFollowFromWhatIsNotThere() throws {
        try workspace.change("concept", "DELETE FROM concept WHERE key = 'cat'")
        try workspace.change("run", "UPDATE run SET options = '{\"a\":1,\"a\":1}'")
        let reasons = Dictionary(
            try faults().map { ($0.table, $0.reason) }, uniquingKeysWith: { first, _ in first })
        #expect(reasons["caption"] == .danglingReference(field: "concept"))
        #expect(reasons["run"] == .unreadableJSON(field: "options"))
        #expect(reasons.count == 3, "the vocabulary has lost a concept")
    }

    @Test func areNotAskedOfRunsThatHoldTooLittle() throws {
        try workspace.change("run", "UPDATE run SET nonce = NULL, threads = 3")
        #expect(try faults() == [])
    }
}
