import Catalogs
import Foundation
import Glibc
import TestSupport
import Testing

/// What is no stage, killed at moments that a seed chooses.
struct LesserCommandsKilledTests {
    private static let templates = (0..<300).map { "picture \($0) of a {}\n" }.joined()
    private static let concepts =
        "key,name\n" + (0..<300).map { "c\($0),animal \($0)\n" }.joined()

    /// A finished job, and files to bring in.
    private static let start: Result<Workshop, any Error> = Result {
        let shop = try Workshop(copying: Spine.finished.get())
        atexit { try? LesserCommandsKilledTests.start.get().folder.remove() }
        return shop
    }

    private func prepare() throws -> Workshop {
        let shop = try Workshop(copying: Self.start.get())
        try shop.folder.write("many.txt", Self.templates)
        try shop.folder.write("many.csv", Self.concepts)
        return shop
    }

    /// Kills a command after a random part of the time that it takes; whether it was still at work.
    private func kill(
        _ words: [String], within duration: Duration, in shop: Workshop, _ random: inout SplitMix
    ) throws -> Bool {
        let process = try Command.start("figment", words + ["--catalog", shop.catalog], in: shop.folder.url)
        let (seconds, attoseconds) = duration.components
        let microseconds = UInt64(seconds) * 1_000_000 + UInt64(attoseconds / 1_000_000_000_000)
        usleep(UInt32(random.next() % max(1, microseconds)))
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        return process.terminationReason == .uncaughtSignal
    }

    /// How long a command takes that nobody disturbs.
    private func duration(of words: [String], in shop: Workshop) throws -> Duration {
        try ContinuousClock().measure {
            let command = try shop.figment(words)
            try #require(command.status == 0, "\(command.errors)")
        }
    }

    @Test(arguments: [
        ["import", "templates", "many.txt"], ["import", "concepts", "many.csv"],
        ["variant", "define", "mine", "SELECT image_id FROM kept"], ["report", "pages"],
    ])
    func isKilledAndDoneAgain(words: [String]) throws {
        let undisturbed = try prepare()
        let duration = try duration(of: words, in: undisturbed)
        let expected = try undisturbed.footprints()
        var shop = try prepare()
        var random = SplitMix(state: words.joined().utf8.reduce(20_261_121) { $0 &* 31 &+ UInt64($1) })
        var killed = 0
        for _ in 0..<24 where killed < 4 {
            // What was done is not done again.
            guard try kill(words, within: duration, in: shop, &random) else {
                shop = try prepare()
                continue
            }
            killed += 1
            #expect(try shop.damage() == "", "\(words)")
        }
        #expect(killed == 4, "\(words) was killed only \(killed) times")
        let last = try shop.figment(words)
        #expect(last.status == 0, "\(last.errors)")
        let found = try shop.footprints()
        for (name, footprint) in expected {
            #expect(found[name]?.differences(from: footprint) == [], "\(words)")
        }
        #expect(try shop.damage() == "")
    }

    @Test func aBackupIsWholeOrNotThere() throws {
        let shop = try prepare()
        let duration = try duration(of: ["backup", "undisturbed.sqlite"], in: shop)
        var random = SplitMix(state: 20_261_121)
        var killed = 0
        for attempt in 0..<24 where killed < 4 {
            let name = "copy\(attempt).sqlite"
            if try kill(["backup", name], within: duration, in: shop, &random) { killed += 1 }
            #expect(try shop.damage() == "")
            if FileManager.default.fileExists(atPath: shop.folder.path(name)) {
                let check = try shop.figment("check", "--catalog", shop.folder.path(name))
                #expect(check.status == 0, "\(check.output)")
            } else {
                try shop.succeed("backup", name)
                #expect(try shop.figment("check", "--catalog", shop.folder.path(name)).status == 0)
            }
        }
        #expect(killed == 4, "it was killed only \(killed) times")
    }
}
