import CatalogSchema
import Diagnostics
import Digests
import Dispatch
import Files
import SQLite
import Synchronization

/// What a merge brought, and what it did not.
public struct MergeReport: Sendable {
    /// A row that was not taken.
    public struct Refusal: Hashable, Sendable {
        /// Its table.
        public let table: String
        /// Its uid.
        public let uid: String
        /// Why.
        public let reason: String
    }

    /// The tables with the number of rows that are new here.
    public var appended: [(table: String, count: Int)] = []
    /// The rows that were not taken, in the order of their tables' names.
    public var refusals: [Refusal] = []
    /// The names in the shard of the packs that were adopted or copied.
    public var packs: [String] = []
}

extension Catalog {
    /// Brings what a shard holds into this catalog; `merge(shards:)` with one.
    public func merge(
        shard path: String, copying: Bool, readingImages reader: ImageReader? = nil,
        begin: @escaping () throws(Failure) -> Run
    ) throws(Failure) -> MergeReport {
        try merge(shards: [path], copying: copying, readingImages: reader, begin: begin)[0].get()
    }

    /// Brings what shards hold into this catalog: the rows that are not here, and the packs that they need.
    ///
    /// The shards are only read, and may be worked on meanwhile. Rows are proved first, as `check` would prove them
    /// here, then those of a shard come in one transaction, so a merge that is broken off has brought whole shards and
    /// perhaps a pack that no row names; merging again changes nothing that is here already. A row is refused, with all
    /// that hangs on it, that is here with other content, breaks the schema, does not follow from what it holds, or
    /// whose payload is missing, altered or not what the row says; refusals are recorded. While a shard's rows are
    /// appended, the next one's are proved.
    ///
    /// - Parameters:
    ///   - paths: the shards.
    ///   - copying: whether packs are copied; else they are linked to where they are.
    ///   - reader: reads pictures; without it images are only compared with the sizes of their files.
    ///   - begin: gives the run of the merge, once it is known that something is to be recorded; perhaps on another
    ///     thread.
    /// - Returns: of each shard what came of it. It failed with missingResource where there is none; with catalog where
    ///   it is no catalog, of another version, or altered. That keeps none of the others back.
    public func merge(
        shards paths: [String], copying: Bool, readingImages reader: ImageReader? = nil,
        begin: @escaping () throws(Failure) -> Run
    ) -> [Result<MergeReport, Failure>] {
        let begun = Mutex<Run?>(nil)
        func beginOnce() throws(Failure) -> Run {
            try begun.withLock { begun throws(Failure) in
                if let begun { return begun }
                let run = try begin()
                begun = run
                return run
            }
        }
        let appended = paths.map { _ in DispatchGroup() }
        for group in appended { group.enter() }
        func prove(_ index: Int) -> Pending<ShardMerge> {
            Pending { [path] () throws(Failure) in
                let shard = try ShardMerge(paths[index], into: path, begin: beginOnce)
                try shard.prove(copying ? .copy : .reference, reader) {
                    if index > 0 { appended[index - 1].wait() }
                }
                return shard
            }
        }
        var next: Pending<ShardMerge>?
        return paths.indices.map { index in
            defer { appended[index].leave() }
            let shard = Result { () throws(Failure) in try (next ?? prove(index)).value() }
            next = index + 1 < paths.count ? prove(index + 1) : nil
            return Result { () throws(Failure) in try shard.get().append() }
        }
    }
}

/// The merging of one shard, on a connection of its own.
private final class ShardMerge {
    private let shard: String
    private let catalog: Catalog
    private let transfer: RowTransfer
    private let begin: () throws(Failure) -> Run
    /// Of each table the greatest id here when the shard's rows were compared with those here.
    private var seen: [String: Int] = [:]
    /// The names in the shard of the packs that were adopted or copied.
    private var packs: [String] = []

    init(_ shard: String, into path: String, begin: @escaping () throws(Failure) -> Run) throws(Failure) {
        self.shard = shard
        self.begin = begin
        catalog = try Catalog.open(at: path)
        // Uids come in no order, so a merge touches all pages of their indices: 96 MiB hold them for a million rows.
        try failing { [catalog] () throws(SQLiteError) in
            try catalog.connection.run("PRAGMA cache_size = -98304")
        }
        guard FileStatus(shard) != nil else {
            throw Failure(.missingResource, "there is no shard \(shard)", hint: "Check the path.")
        }
        guard !FileStatus.isSame(shard, path) else {
            throw Failure(.badInput, "\(shard) is the catalog itself", hint: "Name shards of it.")
        }
        transfer = try during("opening the shard \(shard)") { [catalog] () throws(Failure) in
            try RowTransfer(from: shard, into: catalog)
        }
    }

    /// Finds out which rows are new and may come, and adopts the packs that they need.
    ///
    /// - Parameter predecessors: waits until the shards before this one have been appended.
    func prove(
        _ manner: PayloadTransfer.Manner, _ reader: Catalog.ImageReader?,
        after predecessors: @escaping () -> Void
    ) throws(Failure) {
        try during("merging the shard \(shard)") { () throws(Failure) in
            try transfer.onOneState { () throws(Failure) in
                seen = try transfer.relateAll()
                try transfer.refuseBreaches()
                try transfer.refuseContradictions()
                try refuseFalseUIDs()
                try refuseFalseCounts()
                try refuseFalseDerivations()
                try transfer.refuseDependents()
            }
            packs = try PayloadTransfer(transfer, after: predecessors, begin: begin).adoptPacks(
                manner, reader)
            try transfer.refuseDependents()
        }
    }

    /// Appends the rows that were proved.
    func append() throws(Failure) -> MergeReport {
        try during("merging the shard \(shard)") { () throws(Failure) in
            var report = MergeReport()
            report.packs = packs
            if try hasSomethingNew() {
                let run = try begin()
                report.appended = try catalog.write { () throws(Failure) in try append(by: run) }
            }
            report.refusals = try refusals()
            return report
        }
    }

    /// What the transaction does: rows that have come here since are looked at first.
    private func append(by run: Run) throws(Failure) -> [(table: String, count: Int)] {
        try transfer.requireSchema(named: shard)
        try transfer.relateNewcomers(since: seen)
        try transfer.refuseContradictions(after: seen)
        try transfer.refuseDependents()
        try transfer.allot()
        let counts = try transfer.insert()
        let refusals = try refusals()
        for refusal in refusals {
            try catalog.append(
                "refusal", Self.uid(of: refusal),
                [
                    "stage": "merge", "subject_kind": .text(refusal.table), "subject": .text(refusal.uid),
                    "reason": .text(refusal.reason), "run_id": .integer(run.id),
                ])
        }
        try run.append(
            .batch, appended: counts.reduce(0) { $0 + $1.count }, refused: refusals.count, to: catalog)
        return counts
    }

    /// Refuses rows whose uid does not follow from what they hold; tables that bring nothing new are passed over
    /// unless rows that may be new have a part in their uids.
    private func refuseFalseUIDs() throws(Failure) {
        for entity in Entity.all {
            guard try transfer.countNew(entity.table) > 0 || entity.isMadeOfOtherRows else { continue }
            try catalog.forEachUIDFault(of: entity, in: "other") { fault throws(Failure) in
                let reason =
                    switch fault.reason {
                    case .differs(let due): "its uid does not follow from what it holds, which makes \(due)"
                    case .danglingReference(let field): "the \(field) that it names is missing from the shard"
                    case .unreadableJSON(let field): "its \(field) is no JSON"
                    }
                try transfer.refuse(fault.table, fault.id, fault.uid, reason)
            }
        }
    }

    /// Refuses runs, snapshots and exports that do not follow from their events, items and shards.
    private func refuseFalseCounts() throws(Failure) {
        func refuse(_ fault: CountFault) throws(Failure) {
            let reason =
                switch fault.reason {
                case .events: "its events are not all there, in order"
                case .items(let said, let found): "it says \(said) items, and \(found) are there"
                case .digest: "its items are not those of its digest"
                case .shards: "its shards do not add up to its snapshot"
                }
            try transfer.refuse(fault.table, fault.id, fault.uid, reason)
        }
        try catalog.forEachRunFault(in: "other", refuse)
        let new = "SELECT theirs FROM temp.map_snapshot WHERE ours IS NULL"
        try catalog.forEachSnapshotFault(in: "other", among: new, refuse)
        try catalog.forEachExportFault(in: "other", refuse)
    }

    /// Refuses models, generations, images and decisions that say what does not follow from other rows of the shard.
    private func refuseFalseDerivations() throws(Failure) {
        func refuse(_ fault: DerivationFault) throws(Failure) {
            try transfer.refuse(fault.table, fault.id, fault.uid, "its \(fault.reason)")
        }
        if try transfer.countNew("model") > 0 { try catalog.forEachModelFault(in: "other", refuse) }
        if try transfer.countNew("generation") > 0 { try catalog.forEachGenerationFault(in: "other", refuse) }
        if try transfer.countNew("decision") > 0 { try catalog.forEachDecisionFault(in: "other", refuse) }
    }

    private func hasSomethingNew() throws(Failure) -> Bool {
        for entity in Entity.all {
            if try transfer.countNew(entity.table) > 0 { return true }
        }
        let grown = try catalog.integer(
            """
            SELECT EXISTS (
                SELECT 1 FROM other.run_event AS entity JOIN temp.map_run AS own ON own.theirs = entity.run_id
                WHERE NOT EXISTS (
                    SELECT 1 FROM main.run_event AS here
                    WHERE here.run_id = own.ours AND here.sequence = entity.sequence))
            OR EXISTS (
                SELECT 1 FROM temp.sealed JOIN temp.map_pack AS own ON own.theirs = sealed.theirs
                WHERE own.ours NOT IN (SELECT pack_id FROM main.pack_seal))
            """)
        if grown == 1 { return true }
        for refusal in try refusals() {
            if try catalog.id(of: Self.uid(of: refusal), in: "refusal") == nil { return true }
        }
        return false
    }

    private func refusals() throws(Failure) -> [MergeReport.Refusal] {
        try catalog.rows("SELECT entity, uid, reason FROM temp.refused ORDER BY entity, uid") { row in
            MergeReport.Refusal(table: row.text(0), uid: row.text(1), reason: row.text(2))
        }
    }

    private static func uid(of refusal: MergeReport.Refusal) -> UID {
        UID(
            of: "refusal",
            [
                ("stage", "merge"), ("subject_kind", .string(refusal.table)),
                ("subject", .string(refusal.uid)),
                ("reason", .string(refusal.reason)),
            ])
    }
}

extension Entity {
    /// Whether its uids are made of rows of other entities that hang on it, or of columns in which makers may differ.
    fileprivate var isMadeOfOtherRows: Bool {
        identity.contains { field in
            switch field.source {
            case .list(let table, _, _): !parts.contains { $0.table == table }
            case .expression: true
            case .value, .json, .reference: false
            }
        }
    }
}
