import CSQLite3
import CatalogSchema
import Diagnostics
import Digests
import Dispatch
import Glibc
import SQLite
import Synchronization

/// What a picture's file turns out to be, when it is read.
public struct ImageFacts: Hashable, Sendable {
    let format: String
    let width: Int
    let height: Int
    let pixels: Digest

    /// Takes down format, columns, rows, and the digest of the pixels (8-bit RGB, row by row).
    public init(format: String, width: Int, height: Int, pixels: Digest) {
        self.format = format
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}

extension Catalog {
    /// Reads the bytes of a picture's file; fails with badInput where they are none, or have more pixels than may be read:
    /// those that a row states where the picture is in the catalog, nil where it is to come into it.
    public typealias ImageReader =
        @Sendable (_ bytes: [UInt8], _ stated: PixelCount?) throws(Failure) -> ImageFacts

    /// Columns and rows of a picture.
    public typealias PixelCount = (width: Int, height: Int)

    /// Looks for whatever is missing, altered, orphaned or out of order; changes and deletes nothing.
    public func check(
        fast: Bool = false, readingImages reader: ImageReader? = nil
    ) throws(Failure) -> [Finding] {
        try Self.check(at: path, fast: fast, readingImages: reader)
    }

    /// Looks for whatever is missing, altered, orphaned or out of order; changes and deletes nothing.
    ///
    /// What cannot be read is a finding, and the rest is looked at all the same. Memory does not grow with the
    /// catalog. The file itself and what its rows say are looked at side by side, on a connection each.
    ///
    /// - Parameters:
    ///   - path: the catalog; it may be damaged in any way.
    ///   - fast: leaves out what reads every byte: the contents of indices and of payloads.
    ///   - reader: reads pictures; without it they are not compared with their rows.
    /// - Throws: missingResource where there is no file; catalog where it is no catalog, or one of another version.
    public static func check(
        at path: String, fast: Bool = false, readingImages reader: ImageReader? = nil
    ) throws(Failure) -> [Finding] {
        let location = try CatalogLocation(existing: path)
        var findings = Findings()
        guard try CatalogCheck.identify(path, location, &findings) else { return findings.all }
        let lanes = Mutex<[Result<Findings, Failure>]>([])
        let parts: [@Sendable (inout CatalogCheck) -> Void] = [{ $0.lookAtFile() }, { $0.lookAtRows() }]
        DispatchQueue.concurrentPerform(iterations: parts.count) { index in
            let found = Result { () throws(Failure) in
                var check = try CatalogCheck(path, location, fast: fast, reader)
                parts[index](&check)
                return try check.finish()
            }
            lanes.withLock { $0.append(found) }
        }
        for found in lanes.withLock({ $0 }) { findings.add(try found.get()) }
        return findings.all
    }
}

/// A check of a catalog on a connection of its own.
struct CatalogCheck {
    let catalog: Catalog
    let isFast: Bool
    let reader: Catalog.ImageReader?
    private(set) var findings = Findings()
    private var obstacle: Failure?

    init(
        _ path: String, _ location: CatalogLocation, fast: Bool, _ reader: Catalog.ImageReader?
    ) throws(Failure) {
        catalog = Catalog(path: path, location: location, connection: try Self.connect(path, location))
        isFast = fast
        self.reader = reader
    }

    /// A connection that changes nothing, and yet could where that is possible: of a file that can only be read,
    /// SQLite does not even load the CHECKs that its own check goes by.
    private static func connect(_ path: String, _ location: CatalogLocation) throws(Failure) -> Connection {
        let connection: Connection
        if access(location.file, W_OK) == 0, !location.isFrozen,
            let writable = try? Catalog.connect(path, location, .readWrite)
        {
            connection = writable
            try failing { () throws(SQLiteError) in try connection.run("PRAGMA query_only = ON") }
        } else {
            connection = try Catalog.connect(path, location, .readOnly)
        }
        // Whatever is too large for the other programs is to be found.
        connection.setLimit(SQLITE_LIMIT_LENGTH, 1 << 28)
        return connection
    }

    mutating func add(_ kind: Finding.Kind, _ message: String) { findings.add(kind, message) }

    /// Runs a part of the check; what it cannot read is a finding about `what`, and the other parts go on.
    mutating func attempt(
        _ what: String, _ kind: Finding.Kind = .file, _ body: (inout Self) throws(Failure) -> Void
    ) {
        do throws(Failure) {
            try body(&self)
        } catch {
            // Nothing is wrong with a file that somebody else holds, or that there is no memory to read.
            if error.isPassing { obstacle = error }
            add(kind, "\(what): \(error.summary)")
        }
    }

    /// All that was found.
    ///
    /// - Throws: what kept the check from looking.
    func finish() throws(Failure) -> Findings {
        if let obstacle { throw obstacle }
        return findings
    }

    /// Looks at what is recorded: who refers to whom, what uids and digests follow from, what lies in packs.
    mutating func lookAtRows() {
        for entity in Entity.all {
            attempt("table \(entity.table)") { check throws(Failure) in try check.recomputeUIDs(of: entity) }
        }
        if !isFast { attempt("the sizes of texts") { check throws(Failure) in try check.lookAtSizes() } }
        attempt("table model") { check throws(Failure) in try check.lookAtModels() }
        attempt("table generation") { check throws(Failure) in try check.lookAtGenerations() }
        attempt("table decision") { check throws(Failure) in try check.lookAtDecisions() }
        attempt("table run_event") { check throws(Failure) in try check.lookAtEvents() }
        attempt("table snapshot_item") { check throws(Failure) in try check.lookAtSnapshots() }
        attempt("table pack") { check throws(Failure) in try check.lookAtPacks() }
    }

    private mutating func recomputeUIDs(of entity: Entity) throws(Failure) {
        try catalog.forEachUIDFault(of: entity) { fault in
            let row = "table \(fault.table), row \(fault.id)"
            switch fault.reason {
            case .differs: add(.uid, "\(row): the uid \(fault.uid) does not follow from what the row holds")
            case .unreadableJSON(let field): add(.uid, "\(row): \(field) is no JSON")
            // The rows that are not there are found with the other references.
            case .danglingReference: break
            }
        }
    }
}
