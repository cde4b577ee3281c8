import Arguments
import Catalogs
import Diagnostics
import Digests
import ImageCodecs
import JSONValues
import StageKit

/// A real image on its way into the catalog.
struct RealImage {
    /// Where it came from, by which importing again finds it.
    let source: String
    let bytes: [UInt8]
    let format: ImageFile.Format
    let width: Int
    let height: Int
    let pixelDigest: Digest
    let concept: ConceptIDs.Concept?
    let split: String?
    let caption: String?
    let attributes: JSONValue?
    /// The file's content, its class and its split decide it: a copy under another name is the same image.
    let uid: UID

    /// Keeps of the picture what is recorded, so that a batch of large ones takes little memory.
    init(
        source: String, bytes: [UInt8], format: ImageFile.Format, picture: RGBImage,
        concept: ConceptIDs.Concept?, split: String?, caption: String? = nil, attributes: JSONValue? = nil
    ) {
        self.source = source
        self.bytes = bytes
        self.format = format
        width = picture.width
        height = picture.height
        pixelDigest = picture.pixelDigest
        self.concept = concept
        self.split = split
        self.caption = caption
        self.attributes = attributes
        uid = UID(
            of: "image",
            [
                ("concept", concept.map { .string($0.uid) } ?? .null),
                ("file_sha256", .string(SHA256.digest(of: bytes).hex)),
                ("split", split.map(JSONValue.string) ?? .null),
            ])
    }
}

/// What came of a candidate.
enum Candidate {
    case image(RealImage)
    /// Refused, with the file's name and the reason.
    case refused(source: String, reason: String)

    /// The size of its file, 0 where there is none.
    var byteCount: Int { if case .image(let image) = self { image.bytes.count } else { 0 } }

    /// Whether the catalog has it already: the same image, or the same refusal.
    func isKnown(in catalog: Catalog) throws(Failure) -> Bool {
        switch self {
        case .image(let image): return try catalog.id(of: image.uid, in: "image") != nil
        case .refused(let source, let reason):
            return try catalog.integer(
                "SELECT EXISTS (SELECT 1 FROM refusal WHERE stage = 'import' AND subject = ? AND reason = ?)",
                [.text(source), .text(reason)]) != 0
        }
    }
}

/// What an import has done so far.
struct ImportTally {
    private(set) var appended = 0
    private(set) var known = 0
    private(set) var refused = 0

    /// Notes candidates that an earlier import had settled.
    mutating func skip(_ count: Int) { known += count }

    /// Records of a batch what is new: payloads first, then the rows in one transaction.
    mutating func record(_ batch: [Candidate], in session: Session) throws(Failure) {
        let batch = try new(of: batch, in: session.catalog)
        guard !batch.isEmpty else { return }
        let images = batch.compactMap { if case .image(let image) = $0 { image } else { nil } }
        let payloads = try session.store(images.map(\.bytes))
        let before = (appended, refused)
        var tally = self
        try session.write { run throws(Failure) in
            for (image, payload) in zip(images, payloads) {
                try tally.append(image, payload, run, session.catalog)
            }
            for case .refused(let source, let reason) in batch {
                try Session.refuse(
                    stage: "import", kind: "file", subject: source, reason: reason, run: run,
                    in: session.catalog)
                tally.refused += 1
            }
        }
        self = tally
        try session.note(.batch, appended: appended - before.0, refused: refused - before.1)
    }

    /// Those that the catalog does not have; the others count as known.
    private mutating func new(of batch: [Candidate], in catalog: Catalog) throws(Failure) -> [Candidate] {
        var new: [Candidate] = []
        for candidate in batch {
            if try candidate.isKnown(in: catalog) { known += 1 } else { new.append(candidate) }
        }
        return new
    }

    private mutating func append(
        _ image: RealImage, _ payload: StoredPayload, _ run: Run, _ catalog: Catalog
    ) throws(Failure) {
        let uid = image.uid
        if try catalog.id(of: uid, in: "image") != nil {
            known += 1
            return
        }
        var columns: [String: SQLValue] = [
            "origin": .text("real"), "source": .text(image.source), "format": .text(image.format.rawValue),
            "width": .integer(image.width), "height": .integer(image.height),
            "byte_count": .integer(image.bytes.count), "file_sha256": .text(payload.digest.hex),
            "pixel_sha256": .text(image.pixelDigest.hex), "pack_id": .integer(payload.packID),
            "run_id": .integer(run.id),
        ]
        if let concept = image.concept { columns["concept_id"] = .integer(concept.id) }
        if let split = image.split { columns["split"] = .text(split) }
        if let attributes = image.attributes { columns["attributes"] = .text(attributes.canonicalText) }
        if let caption = image.caption {
            columns["caption_id"] = .integer(try Self.caption(caption, image.concept, run, catalog))
        }
        try catalog.append("image", uid, columns)
        appended += 1
    }

    /// The caption that came with an image.
    private static func caption(
        _ text: String, _ concept: ConceptIDs.Concept?, _ run: Run, _ catalog: Catalog
    ) throws(Failure) -> Int {
        var identity: [(String, JSONValue)] = [("strategy", "given"), ("text", .string(text))]
        var columns: [String: SQLValue] = [
            "text": .text(text), "strategy": .text("given"), "status": .text("accepted"),
            "run_id": .integer(run.id),
        ]
        if let concept {
            identity.append(("concept", .string(concept.uid)))
            columns["concept_id"] = .integer(concept.id)
        }
        return try catalog.append("caption", UID(of: "caption", identity), columns)
    }

    /// Ends the run and says what was done.
    func finish(_ session: Session, _ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let isInterrupted = Interruption.isRequested
        try session.note(isInterrupted ? .interrupted : .finished, appended: appended, refused: refused)
        try session.close()
        let json: JSONValue = [
            "appended": .integer(appended), "known": .integer(known), "refused": .integer(refused),
            "interrupted": .boolean(isInterrupted),
        ]
        var parts = ["\(appended) images recorded"]
        if known > 0 { parts.append("\(known) there already") }
        if refused > 0 { parts.append("\(refused) refused (see table refusal)") }
        if isInterrupted { parts.append("interrupted: run the same command again") }
        if arguments[CommonArguments.json] {
            StandardOutput.write(json: json)
        } else {
            StandardOutput.write("figment-import: \(parts.joined(separator: ", "))\n")
        }
        return isInterrupted ? .interrupted : .success
    }
}

extension Session {
    /// Those of some sources that no image came from; one that was refused is looked at again, for it may be mended.
    ///
    /// - Parameter names: the names under which a source may be recorded.
    func missing(_ sources: Range<Int>, names: (Int) -> [String]) throws(Failure) -> [Int] {
        var missing: [Int] = []
        for source in sources {
            var isThere = false
            for name in names(source) where !isThere {
                isThere =
                    try catalog.integer(
                        "SELECT EXISTS (SELECT 1 FROM image WHERE source = ?)", [.text(name)]) != 0
            }
            if !isThere { missing.append(source) }
        }
        return missing
    }
}

/// The concepts of a vocabulary by their key.
struct ConceptIDs {
    struct Concept {
        let id: Int
        let uid: String
    }

    private let concepts: [String: Concept]

    init(of vocabulary: UID, in catalog: Catalog) throws(Failure) {
        let rows = try catalog.rows(
            """
            SELECT concept.key, concept.id, concept.uid FROM concept
            JOIN vocabulary ON vocabulary.id = concept.vocabulary_id WHERE vocabulary.uid = ?
            """, [.text(vocabulary.hex)]
        ) { ($0.text(0), Concept(id: $0.integer(1), uid: $0.text(2))) }
        concepts = Dictionary(rows, uniquingKeysWith: { first, _ in first })
    }

    /// The concept of a key, nil where there is none.
    subscript(key: String) -> Concept? { concepts[key] }
}
