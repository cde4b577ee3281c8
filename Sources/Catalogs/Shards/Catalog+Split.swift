import CatalogSchema
import Diagnostics
import Files
import JSONValues
import SQLite

/// How a catalog's work is to be divided.
public struct SplitPlan: Sendable {
    /// The number of shards.
    public let count: Int
    /// What is to be done in them.
    public let work: ShardWork
    /// The items of the work by id; nil for all that are pending.
    public let items: [Int]?
    /// How many images each conditioning is to have; nil for as many as were asked for so far.
    public let perItem: Int?
    /// The folder that the shards are put into; nil for the catalog's own.
    public let folder: String?

    /// Makes a plan.
    public init(count: Int, work: ShardWork, items: [Int]?, perItem: Int? = nil, folder: String?) {
        self.count = count
        self.work = work
        self.items = items
        self.perItem = perItem
        self.folder = folder
    }
}

/// A part of a catalog that stands alone.
public struct Shard: Sendable {
    /// The catalog file of the shard.
    public let path: String
    /// How many items of the work it has.
    public let items: Int
    /// Whether it was there before, made by the same request.
    public let wasThere: Bool
}

extension Catalog {
    /// Writes small catalogs with the items of a work divided among them, each with all that its items refer to and
    /// with copies of the payloads.
    ///
    /// Items are dealt out in the order of their uids, so the same catalog is always divided in the same way. A shard
    /// gets its name when it is whole; one that is there from the same request is left alone.
    ///
    /// - Parameters:
    ///   - program: the program that asks for it, for the record in each shard.
    ///   - version: its version.
    ///   - options: its options; the shard's number is added to them.
    ///   - earlier: the same in the form in which an earlier version recorded them.
    ///   - namesHost: whether the shards' runs record the machine's name.
    /// - Throws: badInput where an item is none, or where another file has a shard's name; io where the folder cannot
    ///   be written to.
    public func split(
        _ plan: SplitPlan, program: String, version: String, options: JSONObject, earlier: JSONObject? = nil,
        namesHost: Bool = false
    ) throws(Failure) -> [Shard] {
        let hands = try deal(plan)
        let folder = plan.folder ?? Path.split(location.file).folder
        let name = Path.split(location.stem).name
        let width = max(2, String(plan.count).count)
        var shards: [Shard] = []
        for (index, items) in hands.enumerated() {
            let digits = String(index + 1)
            let stem = try FileName(
                "\(name)-\(String(repeating: "0", count: width - digits.count))\(digits)", of: "a shard",
                kind: .badInput, hint: "Give the catalog a shorter name.")
            let place = try ShardPlace(folder: folder, stem: stem)
            let forms = [options, earlier].compactMap { $0 }.map { options in
                var request = options
                request["shard"] = .integer(index + 1)
                return JSONValue.object(request)
            }
            let isDone = try place.isDone(by: program, forms)
            if !isDone {
                try place.prepare()
                try Catalog.create(at: place.unfinished, version: version)
                try fill(place.unfinished, with: items, for: plan.work) { shard throws(Failure) in
                    try Run.begin(
                        in: shard, program: program, version: version, options: forms[0], seed: nil,
                        threads: 1, namesHost: namesHost)
                }
                try place.publish()
            }
            shards.append(Shard(path: place.file, items: items.count, wasThere: isDone))
        }
        return shards
    }

    /// The items of each shard: they are random in the order of their uids, and their numbers differ by one at most.
    private func deal(_ plan: SplitPlan) throws(Failure) -> [[Int]] {
        let table = plan.work.table
        let chosen: [Int]
        if let items = plan.items {
            chosen = items
        } else {
            chosen = try rows(plan.work.pending(perItem: plan.perItem)) { $0.integer(0) }
        }
        var items: [(uid: String, id: Int)] = []
        for id in Set(chosen) {
            guard
                let uid = try rows("SELECT uid FROM \(table) WHERE id = ?", [.integer(id)], { $0.text(0) })
                    .first
            else {
                throw Failure(
                    .badInput, "there is no \(table) \(id)",
                    hint: "--for \(plan.work.rawValue) divides rows of \(table): select their ids.")
            }
            items.append((uid, id))
        }
        items.sort { $0.uid < $1.uid }
        var hands = [[Int]](repeating: [], count: plan.count)
        for (number, item) in items.enumerated() { hands[number % plan.count].append(item.id) }
        return hands
    }

    private func fill(
        _ file: String, with items: [Int], for work: ShardWork, _ begin: (Catalog) throws(Failure) -> Run
    ) throws(Failure) {
        let shard = try Catalog.open(at: file)
        let run = try begin(shard)
        let transfer = try RowTransfer(from: path, into: shard)
        try transfer.onOneState { () throws(Failure) in try transfer.select(items, for: work) }
        try PayloadTransfer(transfer) { () throws(Failure) in run }.placeAll()
        try shard.write { () throws(Failure) in
            try transfer.allot()
            let count = try transfer.insert().reduce(0) { $0 + $1.count }
            try run.append(.finished, appended: count, to: shard)
        }
        try shard.checkpoint()
    }
}
