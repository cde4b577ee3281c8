import Catalogs
import Foundation
import Glibc
import TestSupport
import Testing

/// A run that is stopped at any moment leaves a sound catalog, and the next one ends with the rows of one that ran
/// undisturbed.
struct KillTests {
    private static let words = [
        "generate", "--model", "starter:diffusion", "--steps", "3", "--per", "6", "--batch", "1",
    ]

    private static let undisturbed = Result {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        let command = try shop.figment(words)
        try #require(command.status == 0, "\(command.errors)")
        return try shop.imageDigests()
    }

    private func start(_ shop: Workshop, _ words: [String] = words) throws -> Process {
        try Command.start("figment", words + ["--catalog", shop.catalog], in: shop.folder.url)
    }

    /// What a watcher from outside sees of a worker.
    private enum Moment: String, CaseIterable {
        /// Items are claimed, and perhaps being made.
        case claimed
        /// A pack is in the midst of being written.
        case packing
        /// Payloads are in the pack; their rows may not be.
        case packed
        /// Rows have come into the log.
        case logged
        /// Images are in the catalog.
        case recorded
    }

    /// A number that changes when `moment` comes.
    private func sight(of moment: Moment, _ shop: Workshop, _ catalog: Catalog) throws -> Int {
        func size(_ name: String) -> Int {
            let attributes = try? FileManager.default.attributesOfItem(atPath: shop.folder.path(name))
            return attributes?[.size] as? Int ?? 0
        }
        switch moment {
        case .claimed: return try catalog.integer("SELECT count(*) FROM claim")
        case .packing: return size("trial.packs/0001.sqlite-journal")
        case .packed: return size("trial.packs/0001.sqlite")
        case .logged: return size("trial.sqlite-wal")
        case .recorded: return try catalog.integer("SELECT count(*) FROM image")
        }
    }

    /// Waits until `moment` comes, or the process has ended by itself.
    private func wait(for moment: Moment, _ process: Process, _ shop: Workshop) throws {
        let catalog = try Catalog.open(at: shop.catalog, mode: .readOnly)
        let before = try sight(of: moment, shop, catalog)
        while process.isRunning, try sight(of: moment, shop, catalog) == before { usleep(200) }
    }

    @Test func losesNothingWhereverItIsKilled() throws {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        var random = SplitMix(state: 20_261_121)
        var killed = 0
        while killed < 10 {
            let process = try start(shop)
            let moment = Moment.allCases[killed % Moment.allCases.count]
            try wait(for: moment, process, shop)
            // From the moment that was seen a random part of a batch goes by.
            usleep(UInt32(random.next() % 15_000))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            try #require(process.terminationReason == .uncaughtSignal, "it ended before it was killed")
            killed += 1
            #expect(try shop.damage() == "", "killed when \(moment)")
        }
        let last = try shop.figment(Self.words)
        #expect(last.status == 0, "\(last.errors)")
        #expect(try shop.imageDigests() == Self.undisturbed.get())
        #expect(try shop.rows("SELECT count(*) FROM generation") == [[60]])
        #expect(try shop.rows("SELECT count(*) FROM claim") == [[0]])
        #expect(try shop.damage() == "")
    }

    @Test func twoAtOnceShareTheWork() throws {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        let workers = [try start(shop), try start(shop)]
        for worker in workers {
            worker.waitUntilExit()
            #expect(worker.terminationReason == .exit)
            #expect(worker.terminationStatus == 0)
        }
        #expect(try shop.imageDigests() == Self.undisturbed.get())
        // No image was made twice: what the two say they appended is what there is.
        let appended = try shop.rows(
            "SELECT sum(appended) FROM run_event JOIN run ON run.id = run_id WHERE kind = 'batch' "
                + "AND program = 'figment-generate'")
        #expect(appended == [[60]])
        #expect(try shop.rows("SELECT count(*) FROM claim") == [[0]])
        #expect(try shop.damage() == "")
    }

    @Test func importsAtOnceAndKilledComeToTheSame() throws {
        let words = ["import", "wardrobe", "--split", "sketch", "--limit", "1500"]
        let sql = "SELECT uid, file_sha256, source FROM image ORDER BY uid"
        let undisturbed = try Workshop(copying: try Prepared.embedded.get())
        #expect(try undisturbed.figment(words).output == "figment-import: 1500 images recorded\n")
        let expected = try undisturbed.rows(sql)

        let shared = try Workshop(copying: try Prepared.embedded.get())
        let workers = [try start(shared, words), try start(shared, words)]
        for worker in workers {
            worker.waitUntilExit()
            #expect(worker.terminationStatus == 0)
        }
        #expect(try shared.rows(sql) == expected)
        #expect(try shared.damage() == "")

        let killed = try Workshop(copying: try Prepared.embedded.get())
        for moment in [Moment.packing, .recorded] {
            let process = try start(killed, words)
            try wait(for: moment, process, killed)
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            #expect(process.terminationReason == .uncaughtSignal)
            #expect(try killed.damage() == "")
        }
        #expect(try killed.figment(words).status == 0)
        #expect(try killed.rows(sql) == expected)
        #expect(try killed.damage() == "")
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func stopsAfterTheBatchInHand(signal: Int32) throws {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        let process = try start(shop)
        try wait(for: .recorded, process, shop)
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 130)
        let made = try shop.imageDigests()
        #expect((1..<60).contains(made.count))
        let undisturbed = try Self.undisturbed.get()
        #expect(made.allSatisfy { undisturbed[$0.key] == $0.value })
        let events = try shop.rows(
            "SELECT kind, appended FROM run_event ORDER BY id DESC LIMIT 1")
        #expect(events == [["interrupted", .integer(made.count)]])
        #expect(try shop.rows("SELECT count(*) FROM claim") == [[0]])
        #expect(try shop.damage() == "")
    }
}
