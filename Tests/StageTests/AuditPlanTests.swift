import Catalogs
import TestSupport
import Testing

@testable import figment_audit

/// The queries of an audit look up what they need: none of them reads through a table that grows with the images.
struct AuditPlanTests {
    private let folder: TemporaryFolder
    private let catalog: Catalog

    init() throws {
        folder = try TemporaryFolder()
        try Catalog.create(at: folder.path("empty.sqlite"), version: "test")
        catalog = try Catalog.open(at: folder.path("empty.sqlite"), mode: .readOnly)
    }

    private static let large: Set = [
        "caption", "caption_example", "conditioning", "conditioning_parent", "generation", "image",
        "embedding",
        "score", "decision", "snapshot_item", "rederivation", "run_event",
    ]

    /// The tables that a query reads through, and those that it makes an index of to read them so.
    private func tablesReadThrough(_ sql: String) throws -> (scanned: Set<String>, indexed: Set<String>) {
        let name = sql.contains(":image") ? ":image" : ":id"
        let plan = try catalog.rows("EXPLAIN QUERY PLAN \(sql)", [name: 1]) { $0.text(3) }
        #expect(!plan.isEmpty)
        func tables(_ verb: String, _ mark: String) -> Set<String> {
            Set(
                plan.filter { $0.hasPrefix(verb) && $0.contains(mark) }.map { line in
                    String(line.dropFirst(verb.count).prefix { $0 != " " })
                })
        }
        return (tables("SCAN ", ""), tables("SEARCH ", "AUTOMATIC"))
    }

    @Test(arguments: (ChainSection.origin + ChainSection.record).map(\.title))
    func theChainIsLookedUp(title: String) throws {
        let sections = ChainSection.origin + ChainSection.record
        let section = try #require(sections.first { $0.title == title })
        let plan = try tablesReadThrough(section.sql)
        #expect(plan.scanned.union(plan.indexed).isDisjoint(with: Self.large), "\(plan)")
    }

    @Test func linksAreFollowedByIndices() throws {
        func plan(_ question: Link.Question) throws -> (scanned: Set<String>, indexed: Set<String>) {
            let links = Link.all.filter { $0.questions.contains(question) }
            return try tablesReadThrough(Reach.sql(question, links, from: "SELECT \(Kind.image.code), :id"))
        }
        let sources = try plan(.sources)
        #expect(sources.scanned.union(sources.indexed).isDisjoint(with: Self.large), "\(sources)")
        let record = try plan(.record)
        #expect(record.scanned.union(record.indexed).isDisjoint(with: Self.large), "\(record)")
        // From a model, a template or a class down, one pass over captions or conditionings has to do.
        let products = try plan(.products)
        #expect(products.scanned.isDisjoint(with: Self.large), "\(products)")
        #expect(
            products.indexed.isDisjoint(
                with: Self.large.subtracting(["caption", "caption_example", "conditioning"])))
    }
}
