import Catalogs
import Diagnostics

/// Where a run stands in the passes of its stage.
///
/// A frontier is an id up to which a pass has nothing left to do. It stays true for ever: rows that are done stay
/// so, and no row can come in behind it, because ids only grow, in the order in which transactions under the one
/// lock are committed (a merge, too, appends with new ids). So a run begins at the newest frontier in the catalog.
struct Walk<Work: Stage> {
    /// An item, and the work that it is found for.
    typealias Found = (work: String, item: Work.Item)

    private let stage: Work
    private let scope: Scope
    private let claims: Claims?
    private var number = 0
    private var last: Int?
    /// The newest frontier known of each pass that was walked.
    private var frontiers: [Int: Int] = [:]

    init(_ stage: Work, _ scope: Scope, _ claims: Claims?) {
        self.stage = stage
        self.scope = scope
        self.claims = claims
    }

    /// How many items are still to do in all passes, claimed or not.
    static func count(_ stage: Work, _ scope: Scope, in catalog: Catalog) throws(Failure) -> Int {
        var count = 0
        for number in 0..<stage.passCount {
            let pass = stage.pass(number)
            count += try pass.count(after: recorded(pass, in: catalog), scope, in: catalog)
        }
        return count
    }

    /// Goes past what is done or in other hands, without keeping anyone from writing; false where nothing is left.
    mutating func skip(in catalog: Catalog) throws(Failure) -> Bool {
        while number < stage.passCount {
            let pass = stage.pass(number)
            let last = try position(in: pass, catalog)
            if let first = try pass.items(after: last, limit: 1, scope, claims, in: catalog).first {
                self.last = first.id - 1
                return true
            }
            number += 1
            self.last = nil
        }
        return false
    }

    /// How many bytes of memory the items of a batch may hold together.
    private static var batchBytes: Int { 256 << 20 }

    /// The next items, of as many passes as it takes: no more than `limit`, nor than a batch may hold in memory.
    mutating func next(_ limit: Int, in catalog: Catalog) throws(Failure) -> [Found] {
        var found: [Found] = []
        var bytes = 0
        while number < stage.passCount {
            let pass = stage.pass(number)
            let last = try position(in: pass, catalog)
            let items = try pass.items(
                after: last, limit: limit - found.count, scope, claims, in: catalog)
            for item in items {
                bytes = bytes.addingReportingOverflow(stage.byteCount(of: item)).partialValue
                if bytes > Self.batchBytes || bytes < 0, !found.isEmpty { return found }
                found.append((pass.work, item))
                self.last = item.id
            }
            if items.isEmpty { self.last = last }
            if found.count == limit { break }
            number += 1
            self.last = nil
        }
        return found
    }

    /// Begins anew: behind it there may be items that another worker has given back.
    mutating func restart() {
        number = 0
        last = nil
    }

    /// Records how far the passes that were walked have come, inside a transaction.
    mutating func recordFrontiers(_ run: Run, in catalog: Catalog) throws(Failure) {
        for number in frontiers.keys.sorted() {
            let pass = stage.pass(number)
            let recorded = try Self.recorded(pass, in: catalog)
            let frontier = try pass.frontier(after: max(recorded, frontiers[number] ?? 0), in: catalog)
            frontiers[number] = frontier
            guard frontier > recorded else { continue }
            try catalog.append(
                "frontier",
                ["work": .text(pass.work), "item_id": .integer(frontier), "run_id": .integer(run.id)])
        }
    }

    private mutating func position(in pass: Pass<Work.Item>, _ catalog: Catalog) throws(Failure) -> Int {
        if let last { return last }
        if let known = frontiers[number] { return known }
        let start = try Self.recorded(pass, in: catalog)
        frontiers[number] = start
        return start
    }

    /// The newest frontier of a pass in the catalog; ids begin at 1.
    private static func recorded(_ pass: Pass<Work.Item>, in catalog: Catalog) throws(Failure) -> Int {
        try catalog.integer(
            "SELECT coalesce(max(item_id), 0) FROM frontier WHERE work = ?", [.text(pass.work)])
    }
}
