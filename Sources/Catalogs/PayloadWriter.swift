import Diagnostics
import Digests
import Files
import SQLite

/// A payload that is safely in a pack, ready to be named by a row.
public struct StoredPayload: Hashable, Sendable {
    /// The SHA-256 of its bytes.
    public let digest: Digest
    /// The id of its pack.
    public let packID: Int
    /// Its size.
    public let byteCount: Int
}

/// Puts large bytes into packs, as the only writer of the pack it holds.
///
/// A payload is on the disk before `put` returns, so a row that names it can never come first. What a killed
/// program has put without naming it does no harm; `figment check` counts it.
public final class PayloadWriter {
    private let catalog: Catalog
    private let run: Run
    private let sizeLimit: Int
    private var held: Held?

    /// The pack being written, and the lock by which nobody else writes it.
    private struct Held {
        let id: Int
        let pack: Pack
        let lock: LockFile
    }

    init(_ catalog: Catalog, _ run: Run, sizeLimit: Int) {
        self.catalog = catalog
        self.run = run
        self.sizeLimit = sizeLimit
    }

    /// Keeps payloads, all or none; gives where each one is, in their order.
    @discardableResult
    public func put(_ payloads: [[UInt8]]) throws(Failure) -> [StoredPayload] {
        let held = try holdPack()
        let digests = try held.pack.put(payloads)
        return zip(digests, payloads).map { digest, bytes in
            StoredPayload(digest: digest, packID: held.id, byteCount: bytes.count)
        }
    }

    /// Gives the pack back, for the next writer.
    ///
    /// - Parameter sealing: whether the pack is sealed however full it is, so that nothing is added to it.
    public func close(sealing: Bool = false) throws(Failure) {
        guard let held else { return }
        self.held = nil
        try seal(held, from: sealing ? 0 : sizeLimit)
    }

    private func holdPack() throws(Failure) -> Held {
        if let held {
            guard try seal(held, from: sizeLimit) else { return held }
            self.held = nil
        }
        let held = try takePack()
        self.held = held
        return held
    }

    /// The first pack that is neither sealed, nor lost, nor held by a living writer; a new one where there is none.
    private func takePack() throws(Failure) -> Held {
        _ = try Folder.make(catalog.location.packs)
        for number in 1... {
            let digits = String(number)
            let name = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            guard try !isSealed("\(name).sqlite") else { continue }
            let lock = try LockFile("\(catalog.location.packs)/\(name).lock")
            guard lock.take(), try !isSealed("\(name).sqlite") else { continue }
            let place = try catalog.location.pack("\(name).sqlite", wasAdopted: false)
            let known = try id(ofPack: "\(name).sqlite")
            if let known, try isLost(place, known) { continue }
            let pack = try Pack(writing: place.path)
            let uid = UID(of: "pack", [("file", .string(name)), ("run", .string(run.uid.hex))])
            let id = try catalog.write { () throws(Failure) in
                if let known { return known }
                return try catalog.append(
                    "pack", uid, ["file": .text("\(name).sqlite"), "run_id": .integer(run.id)])
            }
            let held = Held(id: id, pack: pack, lock: lock)
            if try !seal(held, from: sizeLimit) { return held }
        }
        throw Failure(.bug, "there are no more numbers for packs")
    }

    private func id(ofPack file: String) throws(Failure) -> Int? {
        try catalog.rows("SELECT id FROM pack WHERE file = ?", [.text(file)]) { $0.integer(0) }.first
    }

    /// Whether a pack that rows name payloads in has none: begun anew, it would be in the way when it is restored.
    private func isLost(_ place: PackPlace, _ id: Int) throws(Failure) -> Bool {
        guard (FileStatus(place.path)?.size ?? 0) > 0 else { return true }
        guard try Pack(reading: place).isEmpty else { return false }
        for (table, _) in payloadColumns {
            let isNamed = try catalog.integer(
                "SELECT EXISTS (SELECT 1 FROM \(table) WHERE pack_id = ?)", [.integer(id)])
            if isNamed == 1 { return true }
        }
        return false
    }

    private func isSealed(_ file: String) throws(Failure) -> Bool {
        try catalog.integer(
            "SELECT count(*) FROM pack JOIN pack_seal ON pack_id = pack.id WHERE file = ?", [.text(file)]) > 0
    }

    /// Records the digest of a pack of this size or more; from then on it never changes.
    @discardableResult
    private func seal(_ held: Held, from size: Int) throws(Failure) -> Bool {
        guard (FileStatus(held.pack.path)?.size ?? 0) >= size else { return false }
        let extent = try held.pack.extent()
        guard extent.payloads > 0 else { return false }
        // Closing a file drops the process's locks on it (fcntl(2)), so no transaction may be open on it here.
        let digest = try Digest(ofFile: held.pack.path)
        try catalog.append(
            "pack_seal",
            [
                "pack_id": .integer(held.id), "payload_count": .integer(extent.payloads),
                "byte_count": .integer(extent.bytes), "sha256": .text(digest.hex), "run_id": .integer(run.id),
            ])
        return true
    }
}

extension Catalog {
    /// A writer of payloads for a run.
    ///
    /// - Parameters:
    ///   - run: the run that puts them.
    ///   - sizeLimit: the size in bytes past which a pack is sealed.
    public func payloadWriter(run: Run, sizeLimit: Int = 1 << 30) -> PayloadWriter {
        PayloadWriter(self, run, sizeLimit: sizeLimit)
    }
}
