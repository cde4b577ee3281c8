import CLIPModels
import Catalogs
import Diagnostics
import Foundation
import ImageCodecs
import Kernels
import Tokenizers

/// What can be measured.
enum Measure: String, CaseIterable, Sendable {
    case similarity = "clip-similarity"
    case confidence = "clip-confidence"
}

/// A CLIP with what it needs to read texts and images.
struct CLIP {
    let model: CLIPModel
    let tokenizer: CLIPTokenizer
    let processor: CLIPImageProcessor

    init(directory: URL) throws(Failure) {
        model = try CLIPModel(directory: directory)
        tokenizer = try CLIPTokenizer(directory: directory)
        processor = try CLIPImageProcessor(directory: directory, for: model.configuration.vision)
    }

    /// The features of texts, P values each, of length 1.
    func features(of texts: [String]) throws(Failure) -> [[Float]] {
        let length = min(tokenizer.maximumLength ?? .max, model.configuration.text.positions)
        let tokens = try texts.map { text throws(Failure) in try tokenizer.encode(text, length: length).ids }
        return try model.features(ofTexts: tokens).map(Self.normalized)
    }

    /// The features of pictures, P values each, of length 1.
    func features(of pictures: [RGBImage]) throws(Failure) -> [[Float]] {
        let inputs = try pictures.map { picture throws(Failure) in try processor.pixels(of: picture) }
        return try model.features(ofImages: inputs).map(Self.normalized)
    }

    static func normalized(_ values: [Float]) -> [Float] {
        let length = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        return length > 0 ? values.map { Float(Double($0) / length) } : values
    }
}

/// One way to give an image a number.
protocol Gauge {
    /// Whether the number depends on the image's caption.
    var usesCaption: Bool { get }
    /// A value for each image, and the class that it is taken for where classes are told apart.
    func values(
        of images: [(item: ScoreStage.Image, picture: RGBImage)]
    ) throws(Failure) -> [(value: Double, concept: Int?)]
}

/// The cosine between image and caption.
struct SimilarityGauge: Gauge {
    let clip: CLIP
    let usesCaption = true

    func values(
        of images: [(item: ScoreStage.Image, picture: RGBImage)]
    ) throws(Failure) -> [(value: Double, concept: Int?)] {
        let texts = Array(Set(images.compactMap { $0.item.caption?.text })).sorted()
        let textFeatures = Dictionary(
            zip(texts, try clip.features(of: texts)), uniquingKeysWith: { first, _ in first })
        let features = try clip.features(of: images.map(\.picture))
        return zip(images, features).map { image, feature in
            let text = image.item.caption.flatMap { textFeatures[$0.text] } ?? []
            return (Double(CLIPModel.similarity(feature, text)), nil)
        }
    }
}

/// The probability of the image's own class: softmax over the K classes of scale · cos(image, class).
///
/// A class's feature is the mean of its normalized template features, normalized again (Radford et al. 2021, §3.1.4).
struct ConfidenceGauge: Gauge {
    let clip: CLIP
    let usesCaption = false
    private let concepts: [Int]
    private let classFeatures: [[Float]]

    init(clip: CLIP, vocabulary: Int, templateSet: Int, catalog: Catalog) throws(Failure) {
        self.clip = clip
        let classes = try catalog.rows(
            "SELECT id, name FROM concept WHERE vocabulary_id = ? ORDER BY position", [.integer(vocabulary)]
        ) { ($0.integer(0), $0.text(1)) }
        let templates = try catalog.rows(
            "SELECT text FROM prompt_template WHERE template_set_id = ? ORDER BY position",
            [.integer(templateSet)]
        ) { $0.text(0) }
        guard !classes.isEmpty, !templates.isEmpty else {
            throw Failure(
                .catalog, "the vocabulary or the template set has no members", hint: "Run 'figment check'.")
        }
        concepts = classes.map(\.0)
        classFeatures = try classes.map { _, name throws(Failure) in
            let features = try clip.features(of: templates.map { $0.replacing("{}", with: name) })
            let sums = features.reduce([Float](repeating: 0, count: features.first?.count ?? 0)) {
                sums, feature in
                zip(sums, feature).map { $0 + $1 }
            }
            return CLIP.normalized(sums)
        }
    }

    func values(
        of images: [(item: ScoreStage.Image, picture: RGBImage)]
    ) throws(Failure) -> [(value: Double, concept: Int?)] {
        let features = try clip.features(of: images.map(\.picture))
        return zip(images, features).map { image, feature in
            let logits = classFeatures.map { classFeature in
                Double(clip.model.logitScale) * Double(CLIPModel.similarity(feature, classFeature))
            }
            let highest = logits.max() ?? 0
            let powers = logits.map { exp($0 - highest) }
            let total = powers.reduce(0, +)
            let own = concepts.firstIndex { $0 == image.item.concept }
            let best = logits.firstIndex(of: highest)
            return (own.map { powers[$0] / total } ?? 0, best.map { concepts[$0] })
        }
    }
}
