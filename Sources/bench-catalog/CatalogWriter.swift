import Catalogs
import Diagnostics
import Digests
import StageKit

/// Appends the rows of a plan, table by table, the way the stages do.
final class CatalogWriter {
    /// A row that is there, as later ones refer to it.
    struct Entry {
        let id: Int
        let uid: UID
    }

    let session: Session
    let plan: Plan
    let chance: Chance
    let payloads: Payloads
    let material: Material

    var catalog: Catalog { session.catalog }

    init(_ session: Session, _ plan: Plan, seed: Int, ownPayloads: Bool) throws(Failure) {
        self.session = session
        self.plan = plan
        chance = Chance(seed: seed)
        payloads = try Payloads(session, chance, ownPayloads: ownPayloads)
        material = try Material(session, plan, payloads)
    }

    func write() throws(Failure) {
        let captions = try writeCaptions()
        let conditionings = try writeConditionings(of: captions)
        let generations = try writeGenerations(of: conditionings)
        let images = try writeImages(of: generations, captions)
        let scores = try writeScores(of: images)
        try writeDecisions(on: scores, of: images)
    }

    /// Appends the rows of a table in one transaction; of each its uid and columns.
    func append(
        _ table: String, _ numbers: Range<Int>,
        _ row: (Int) throws(Failure) -> (UID, [String: SQLValue])
    ) throws(Failure) -> [Entry] {
        try session.write { run throws(Failure) in
            var entries: [Entry] = []
            entries.reserveCapacity(numbers.count)
            for number in numbers {
                var (uid, columns) = try row(number)
                columns["run_id"] = .integer(run.id)
                entries.append(Entry(id: try catalog.append(table, uid, columns), uid: uid))
            }
            return entries
        }
    }
}
