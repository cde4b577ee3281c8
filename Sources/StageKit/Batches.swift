import Catalogs
import Diagnostics

/// Does the work of a stage, batch by batch.
struct Batches<Work: Stage> {
    /// After how many batches the catalog is told how far the work is.
    private static var batchesToFrontier: Int { 64 }

    private let stage: Work
    private let session: Session
    /// Nil where the stage is instant.
    private let claims: Claims?
    private let heartbeat: Heartbeat?
    private var walk: Walk<Work>
    private var count = 0

    init(_ stage: Work, _ session: Session) throws(Failure) {
        self.stage = stage
        self.session = session
        claims = Work.isInstant ? nil : Claims()
        walk = Walk(stage, session.scope, claims)
        try claims?.clearAbandoned(in: session.catalog)
        heartbeat = claims.map { Heartbeat(of: $0.owner, on: session.catalog.path) }
    }

    /// Does the next batch of at most `limit` items; nil where nothing is left that others do not have in hand.
    mutating func doNext(_ limit: Int) throws(Failure) -> BatchCount? {
        if try !walk.skip(in: session.catalog) {
            try recordFrontiers()
            walk.restart()
            guard try walk.skip(in: session.catalog) else { return nil }
        }
        let done = try claims == nil ? doInstantly(limit) : claimAndDo(limit)
        count += 1
        if count.isMultiple(of: Self.batchesToFrontier) { try recordFrontiers() }
        return done
    }

    /// Tells the catalog how far the work is, where anything was recorded at all.
    mutating func recordFrontiers() throws(Failure) {
        guard session.isRecorded else { return }
        try session.write { run throws(Failure) in
            try walk.recordFrontiers(run, in: session.catalog)
        }
    }

    /// Gives back what is still claimed; to be called however the work ends.
    func end() {
        heartbeat?.end()
        try? claims?.release(in: session.catalog)
    }

    /// One batch, with claims on its items while it is worked on outside of any transaction.
    private mutating func claimAndDo(_ limit: Int) throws(Failure) -> BatchCount {
        let found = try session.catalog.write { () throws(Failure) in
            let found = try walk.next(limit, in: session.catalog)
            try claims?.take(found.map { ($0.work, $0.item.id) }, in: session.catalog)
            return found
        }
        // Others may have taken all that was left in the meantime.
        guard !found.isEmpty else { return BatchCount() }
        let outputs = try process(stage.load(found.map(\.item), from: session.catalog), found.count)
        let stored = try session.store(outputs.flatMap(\.payloads))
        return try session.write { run throws(Failure) in
            let done = try append(outputs, stored, run)
            try claims?.release(in: session.catalog)
            return done
        }
    }

    /// One batch, found, worked on and appended in a single transaction, which is the session's, so that it knows what a
    /// commit that fails takes along.
    private mutating func doInstantly(_ limit: Int) throws(Failure) -> BatchCount {
        try session.write { run throws(Failure) in
            let items = try walk.next(limit, in: session.catalog).map(\.item)
            guard !items.isEmpty else { return BatchCount() }
            let outputs = try process(stage.load(items, from: session.catalog), items.count)
            return try append(outputs, [], run)
        }
    }

    private func process(_ inputs: [Work.Input], _ count: Int) throws(Failure) -> [Work.Output] {
        let outputs = try stage.process(inputs)
        guard outputs.count == count else {
            throw Failure(
                .bug, "\(Work.syntax.name) answered \(outputs.count) of a batch of \(count) items")
        }
        return outputs
    }

    /// Appends a batch's rows and the event that counts them.
    private func append(
        _ outputs: [Work.Output], _ stored: [StoredPayload], _ run: Run
    ) throws(Failure) -> BatchCount {
        var done = BatchCount()
        var rest = stored[...]
        for output in outputs {
            let own = Array(rest.prefix(output.payloads.count))
            rest = rest.dropFirst(own.count)
            let before = session.catalog.changeCount
            try stage.append(output, payloads: own, run: run, to: session.catalog)
            if session.catalog.changeCount == before {
                done.repeated += 1
            } else if output.refusal == nil {
                done.appended += 1
            } else {
                done.refused += 1
            }
        }
        try session.note(.batch, appended: done.appended, refused: done.refused)
        return done
    }
}

/// What became of the items of a batch.
struct BatchCount {
    var appended = 0
    var refused = 0
    /// Those whose rows another worker had appended when this one came to it, its claim having ended.
    var repeated = 0

    var itemCount: Int { appended + refused + repeated }
}
