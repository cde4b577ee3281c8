import Arguments
import Catalogs
import Checkpoints
import Diagnostics
import Digests
import Foundation
import ImageCodecs
import JSONValues
import Kernels
import StageKit
import StarterModels

/// Measures images with CLIP.
struct ScoreStage: Stage {
    /// An image and what it is to be compared with.
    struct Image: StageItem {
        let id: Int
        let uid: String
        let file: (sha256: String, pack: Int)
        /// Columns, rows and bytes of the file, as the row states them.
        let size: (width: Int, height: Int, bytes: Int)
        let concept: Int?
        let caption: (id: Int, uid: String, text: String)?
    }

    /// An image with the bytes of its file.
    typealias LoadedImage = (image: Image, file: [UInt8])

    struct Score: StageOutput {
        let image: Image
        /// The value, and the class that the image is taken for where classes are told apart.
        let result: Result<(value: Double, concept: Int?), Failure>

        var refusal: String? { if case .failure(let failure) = result { failure.summary } else { nil } }
    }

    private static let model = Argument<String>.required(
        "model", .path("DIR"), "a CLIP's folder, or starter:clip")
    private static let measure = Argument<Measure>.required(
        "measure", .choice(of: Measure.self), "what to measure")
    private static let vocabulary = Argument<String?>.optional(
        "vocabulary", .text("NAME"), "the class list that clip-confidence tells apart (default: the only one)"
    )
    private static let templates = Argument<String?>.optional(
        "templates", .text("NAME"), "the templates that clip-confidence averages over (default: the only set)"
    )

    static let syntax = CommandSyntax(
        "figment-score", "measures images with CLIP",
        discussion: """
            clip-similarity: the cosine between image and caption. clip-confidence: the probability that CLIP \
            gives the image's own class among all of the list, by zero-shot classification with the average over \
            a template set (He et al., ICLR 2023, take one template and keep what is above 1/K). --from selects \
            ids of images.
            """,
        [model, measure, vocabulary, templates])
    static let unit = "scores"
    static let defaultBatch = 256

    private let measurement: Definition
    private let gauge: any Gauge
    private let scope: String

    init(_ arguments: ParsedArguments, _ session: Session) throws(Failure) {
        if let threads = arguments[CommonArguments.threads] { Parallelism.threadCount = threads }
        let catalog = session.catalog
        let folder = try StarterModels.directory(of: arguments[Self.model])
        let clip = try during("loading \(arguments[Self.model])") { () throws(Failure) in
            try CLIP(directory: URL(filePath: folder))
        }
        let files = try ModelFolder(
            folder, files: ModelFamily.clip.files(in: folder), family: ModelFamily.clip.name)
        let model = try session.define(files, named: arguments[Self.model])
        let measure = arguments[Self.measure]
        var identity: [(String, JSONValue)] = [
            ("measure", .string(measure.rawValue)), ("model", .string(model.uid.hex)), ("parameters", [:]),
        ]
        var columns: [String: SQLValue] = [
            "measure": .text(measure.rawValue), "parameters": .text("{}"),
        ]
        switch measure {
        case .similarity:
            gauge = SimilarityGauge(clip: clip)
            scope = "image.caption_id IS NOT NULL"
        case .confidence:
            let list = try NamedList.vocabulary.find(arguments[Self.vocabulary], in: catalog)
            let set = try NamedList.templateSet.find(arguments[Self.templates], in: catalog)
            identity += [("template_set", .string(set.uid)), ("vocabulary", .string(list.uid))]
            columns["vocabulary_id"] = .integer(list.id)
            columns["template_set_id"] = .integer(set.id)
            gauge = try ConfidenceGauge(
                clip: clip, vocabulary: list.id, templateSet: set.id, catalog: catalog)
            scope = "+image.concept_id IN (SELECT id FROM concept WHERE vocabulary_id = \(list.id))"
        }
        measurement = try session.define("measurement", UID(of: "measurement", identity)) { [columns] in
            columns.merging(["model_id": model.reference]) { $1 }
        }
    }

    func pass(_ number: Int) -> Pass<Image> {
        Pass(
            work: "score \(measurement.uid)", over: "image.id", of: "image",
            joins: "LEFT JOIN caption ON caption.id = image.caption_id",
            columns: """
                image.id, image.uid, image.file_sha256, image.pack_id, image.concept_id, image.caption_id,
                caption.uid, caption.text, image.width, image.height, image.byte_count
                """,
            where: """
                \(scope) AND NOT EXISTS (
                    SELECT 1 FROM score WHERE score.image_id = image.id AND measurement_id = :measurement)
                AND NOT EXISTS (
                    SELECT 1 FROM refusal WHERE stage = 'score' AND subject = :prefix || image.uid)
                """,
            choice: "image.id",
            [":measurement": measurement.reference, ":prefix": .text("\(measurement.uid)/")]
        ) { row in
            Image(
                id: row.integer(0), uid: row.text(1), file: (row.text(2), row.integer(3)),
                size: (row.integer(8), row.integer(9), row.integer(10)), concept: row.optionalInteger(4),
                caption: row.isNull(5) ? nil : (row.integer(5), row.text(6), row.text(7)))
        }
    }

    /// Its file, and its pixels, once as they are and once as the network takes them.
    func byteCount(of item: Image) -> Int {
        let pixels = min(
            item.size.width.multipliedReportingOverflow(by: item.size.height).partialValue.magnitude, 1 << 40)
        return Int(min(item.size.bytes.magnitude, 1 << 40) + 3 * pixels)
    }

    func load(_ items: [Image], from catalog: Catalog) throws(Failure) -> [LoadedImage] {
        try items.map { image throws(Failure) in
            (image, try catalog.payload(image.file.sha256, in: image.file.pack))
        }
    }

    func process(_ inputs: [LoadedImage]) throws(Failure) -> [Score] {
        let pictures = inputs.map { image, file -> Result<RGBImage, Failure> in
            let (width, height, bytes) = image.size
            return Result { () throws(Failure) in
                try ImageFile.decode(
                    file, name: "image \(image.uid)",
                    limits: .stated(width: width, height: height, bytes: max(bytes, file.count))
                ).picture
            }
        }
        let sound = zip(inputs, pictures).compactMap { input, picture in
            (try? picture.get()).map { (input.image, $0) }
        }
        var values = try gauge.values(of: sound)[...]
        return zip(inputs, pictures).map { input, picture in
            Score(image: input.image, result: picture.map { _ in values.removeFirst() })
        }
    }

    func append(
        _ output: Score, payloads: [StoredPayload], run: Run, to catalog: Catalog
    ) throws(Failure) {
        guard case .success(let result) = output.result else {
            try Session.refuse(
                stage: "score", kind: "image", subject: "\(measurement.uid)/\(output.image.uid)",
                reason: output.refusal ?? "", run: run, in: catalog)
            return
        }
        var identity: [(String, JSONValue)] = [
            ("image", .string(output.image.uid)), ("measurement", .string(measurement.uid.hex)),
        ]
        var columns: [String: SQLValue] = [
            "measurement_id": measurement.reference, "image_id": .integer(output.image.id),
            "value": .real(result.value), "run_id": .integer(run.id),
        ]
        if gauge.usesCaption, let caption = output.image.caption {
            identity.append(("caption", .string(caption.uid)))
            columns["caption_id"] = .integer(caption.id)
        }
        if let concept = result.concept { columns["concept_id"] = .integer(concept) }
        try catalog.append("score", UID(of: "score", identity), columns)
    }
}
