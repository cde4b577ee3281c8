import Catalogs
import Digests
import Foundation
import TestSupport
import Testing

/// Bytes that a disk has changed or lost: a check names what they belong to, nothing falls over, and with the bytes
/// back the work goes on.
struct DamageTests {
    private let shop: Workshop
    private var pack: String { shop.folder.path("trial.packs/0001.sqlite") }

    init() throws { shop = try Workshop(copying: Prepared.embedded.get()) }

    private func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    /// Runs `body` while a file holds other bytes.
    private func with(_ path: String, _ change: (inout [UInt8]) -> Void, _ body: () throws -> Void) throws {
        let whole = try bytes(path)
        var changed = whole
        change(&changed)
        try Data(changed).write(to: URL(filePath: path))
        defer { try? Data(whole).write(to: URL(filePath: path)) }
        try body()
    }

    private func place(of part: some Collection<UInt8>, in path: String) throws -> Int {
        let found = Data(try bytes(path)).range(of: Data(part))
        return try #require(found).lowerBound
    }

    @Test func aFlippedByteInAPayloadIsNamed() throws {
        let catalog = try Catalog.open(at: shop.catalog, mode: .readOnly)
        let images = try catalog.rows("SELECT file_sha256, pack_id FROM image ORDER BY id") {
            ($0.text(0), $0.integer(1))
        }
        for (digest, packID) in [images[0], images[images.count / 2]] {
            let payload = try catalog.payload(digest, in: packID)
            let place = try place(of: payload[100..<200], in: pack)
            try with(pack, { $0[place + 50] ^= 1 }) {
                let check = try shop.figment("check")
                #expect(check.status == 1)
                let named = images.filter { (check.output + check.errors).contains($0.0) }
                #expect(named.map(\.0) == [digest])
                let report = try shop.figment("report", "pages", "--from", "SELECT id FROM image")
                #expect(report.status == 78)
                #expect(report.errors.contains(digest), "\(report.errors)")
            }
            #expect(try shop.damage() == "")
        }
    }

    @Test func anyFlippedByteOfAPackIsSurvived() throws {
        try survivesFlippedBytes(of: pack, naming: "0001.sqlite")
    }

    @Test func anyFlippedByteOfTheCatalogIsSurvived() throws {
        try survivesFlippedBytes(of: shop.catalog, naming: "trial.sqlite")
    }

    /// A byte that nothing uses may pass; whatever else is found has words, and is no crash and no bug of ours.
    private func survivesFlippedBytes(of path: String, naming name: String) throws {
        let generate = ["generate", "--model", "starter:diffusion", "--steps", "1", "--per", "1"]
        let trial = try Trial(generate, after: shop)
        var random = SplitMix(state: 5)
        let size = UInt64(try bytes(path).count)
        var found = 0
        for _ in 0..<12 {
            let place = Int(random.next() % size)
            let bit = UInt8(1) << UInt8(random.next() % 8)
            try with(path, { $0[place] ^= bit }) {
                let check = try shop.figment("check")
                #expect(
                    [0, 1, 74, 78].contains(check.status), "byte \(place): \(check.status) \(check.errors)")
                if check.status != 0 {
                    found += 1
                    #expect((check.output + check.errors).contains(name), "byte \(place): \(check.output)")
                }
                let status = try shop.figment("status")
                #expect(
                    [0, 74, 78].contains(status.status), "byte \(place): \(status.status) \(status.errors)")
            }
        }
        #expect(found > 0)
        #expect(try shop.damage() == "")
        // With the bytes back the work goes on as if nothing had been.
        #expect(try shop.figment(generate).status == 0)
        try trial.expectUndisturbed(shop, "restored \(name)")
        #expect(try shop.damage() == "")
    }

    @Test func aFlippedDigitOfAnIdentityIsNamed() throws {
        let row = try #require(
            try shop.rows("SELECT id, uid FROM caption ORDER BY id LIMIT 1 OFFSET 4").first)
        guard case .integer(let id) = row[0], case .text(let uid) = row[1] else {
            Issue.record("the row is not an id and a uid")
            return
        }
        let place = try place(of: uid.utf8, in: shop.catalog)
        try with(shop.catalog, { $0[place] = $0[place] == 0x30 ? 0x31 : 0x30 }) {
            let check = try shop.figment("check")
            #expect(check.status == 1)
            #expect(check.output.contains("caption"), "row \(id): \(check.output)")
        }
    }

    @Test(arguments: [0.0, 0.01, 0.5, 0.999])
    func aTruncatedPackIsNamed(share: Double) throws {
        let generate = ["generate", "--model", "starter:diffusion", "--steps", "1", "--per", "1"]
        let trial = try Trial(generate, after: shop)
        try with(pack, { $0.removeLast($0.count - Int(Double($0.count) * share)) }) {
            let check = try shop.figment("check")
            #expect(check.status == 1, "\(check.output) \(check.errors)")
            #expect(check.output.contains("0001.sqlite"), "\(check.output)")
            let command = try shop.figment(generate)
            #expect([74, 78].contains(command.status), "\(command.status) \(command.errors)")
            #expect(command.errors.contains("0001.sqlite"), "\(command.errors)")
            #expect(try shop.rows("SELECT count(*) FROM generation") == [[0]])
        }
        #expect(try shop.figment(generate).status == 0)
        try trial.expectUndisturbed(shop, "cut to \(share)")
        #expect(try shop.damage() == "")
    }
}
