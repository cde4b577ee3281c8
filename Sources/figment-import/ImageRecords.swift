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
    let picture: RGBImage
    let concept: ConceptIDs.Concept?
    let split: String?
    var caption: String?
    var attributes: JSONValue?

    /// The file's content, its class and its split decide it: a copy under another name is the same image.
    func uid(file: Digest) -> UID {
        UID(
            of: "image",
            [
                ("concept", concept.map { .string($0.uid) } ?? .null), ("file_sha256", .string(file.hex)),
                ("split", split.map(JSONValue.string) ?? .null),
            ])
    }
}

/// What came of a candidate.
enum Candidate {
    case image(RealImage)
    /// Refused, with the file's name and the reason.
    case refused(source: String, reason: String)
}

/// What an import has done so far.
struct ImportTally {
    private(set) var appended = 0
    private(set) var known = 0
    private(set) var refused = 0

    /// Notes candidates that an earlier import had settled.
    mutating func skip(_ count: Int) { known += count }

    /// Records a batch: payloads first, then the rows in one transaction.
    mutating func record(_ batch: [Candidate], in session: Session) throws(Failure) {
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

    private mutating func append(
        _ image: RealImage, _ payload: StoredPayload, _ run: Run, _ catalog: Catalog
    ) throws(Failure) {
        let uid = image.uid(file: payload.digest)
        if try catalog.id(of: uid, in: "image") != nil {
            known += 1
            return
        }
        var columns: [String: SQLValue] = [
            "origin": .text("real"), "source": .text(image.source), "format": .text(image.format.rawValue),
            "width": .integer(image.picture.width), "height": .integer(image.picture.height),
            "byte_count": .integer(image.bytes.count), "file_sha256": .text(payload.digest.hex),
            "pixel_sha256": .text(image.picture.pixelDigest.hex), "pack_id": .integer(payload.packID),
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
        StandardOutput.write(
            (arguments[CommonArguments.json] ? json.text : "figment-import: " + parts.joined(separator: ", "))
                + "\n")
        return isInterrupted ? .interrupted : .success
    }
}

extension Session {
    /// Those of some sources that no image came from and no refusal names.
    func missing(_ sources: [String]) throws(Failure) -> Set<String> {
        var missing = Set(sources)
        for source in sources {
            let known = try catalog.integer(
                """
                SELECT EXISTS (SELECT 1 FROM image WHERE source = :source) OR EXISTS (
                    SELECT 1 FROM refusal WHERE stage = 'import' AND subject = :source)
                """, [":source": .text(source)])
            if known != 0 { missing.remove(source) }
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

    /// The keys, sorted.
    var keys: [String] { concepts.keys.sorted() }
}
