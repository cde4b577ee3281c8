import Arguments
import Catalogs
import Diagnostics
import Digests
import JSONValues
import StageKit

/// Writes captions for concepts: the bare name, or the name in every template of a set.
struct CaptionStage: Stage {
    /// A concept, and the template it goes into where there is one.
    struct Request: StageItem {
        let concept: (id: Int, uid: String, name: String)
        let template: (id: Int, uid: String, text: String)?
        /// The positions in the vocabulary and in the template set.
        let place: (concept: Int, template: Int)

        var claim: String { "\(concept.id):\(template?.id ?? 0)" }
    }

    struct Caption: StageOutput {
        let request: Request
        let text: String
        let refusal: String?
    }

    enum Strategy: String, CaseIterable, Sendable {
        case name
        case template
    }

    private static let strategy = Argument<Strategy>.option(
        "strategy", .choice(of: Strategy.self), default: .template,
        "how captions are made: the bare name, or the name in templates")
    private static let vocabulary = Argument<String?>.optional(
        "vocabulary", .text("NAME"), "the class list (default: the only one)")
    private static let templates = Argument<String?>.optional(
        "templates", .text("NAME"), "the template set (default: the only one)")

    static let syntax = CommandSyntax(
        "figment-caption", "writes captions for concepts",
        discussion: """
            'name' takes the concept's name as it is; 'template' puts it in place of {} into every template of a \
            set. --from selects ids of concepts.
            """,
        [strategy, vocabulary, templates])
    static let unit = "captions"
    static let defaultBatch = 1_000
    static let isInstant = true

    let work: String
    private let strategy: Strategy
    private let bindings: [String: SQLValue]
    private let restriction: String

    init(_ arguments: ParsedArguments, _ session: Session) throws(Failure) {
        strategy = arguments[Self.strategy]
        let vocabulary = try NamedList.vocabulary.find(arguments[Self.vocabulary], in: session.catalog)
        var bindings: [String: SQLValue] = [
            ":vocabulary": .integer(vocabulary.id), ":strategy": .text(strategy.rawValue),
        ]
        var work = "caption \(strategy.rawValue) \(vocabulary.uid)"
        if strategy == .template {
            let set = try NamedList.templateSet.find(arguments[Self.templates], in: session.catalog)
            bindings[":templates"] = .integer(set.id)
            work += " \(set.uid)"
        }
        self.bindings = bindings
        self.work = work
        restriction = session.restriction("concept.id")
    }

    /// The requests that no caption answers yet.
    private var source: String {
        let templates =
            strategy == .template
            ? "JOIN prompt_template AS template ON template.template_set_id = :templates"
            : "LEFT JOIN prompt_template AS template ON FALSE"
        return """
            FROM concept \(templates)
            WHERE concept.vocabulary_id = :vocabulary AND NOT EXISTS (
                SELECT 1 FROM caption WHERE caption.concept_id = concept.id AND caption.strategy = :strategy
                AND caption.template_id IS template.id)
            \(restriction)
            """
    }

    func countPending(in catalog: Catalog) throws(Failure) -> Int {
        try catalog.integer("SELECT count(*) \(source)", bindings)
    }

    func pending(in catalog: Catalog, after last: Request?, limit: Int) throws(Failure) -> [Request] {
        // By place, not by id: that is the order of the indices, so that nothing has to be sorted for a batch.
        try catalog.rows(
            """
            SELECT concept.id, concept.uid, concept.name, template.id, template.uid, template.text,
                concept.position, coalesce(template.position, 0) \(source)
            AND concept.position >= :concept
            AND (concept.position, coalesce(template.position, 0)) > (:concept, :template)
            ORDER BY concept.position, template.position LIMIT :limit
            """,
            bindings.merging([
                ":limit": .integer(limit), ":concept": .integer(last?.place.concept ?? -1),
                ":template": .integer(last?.place.template ?? -1),
            ]) { $1 }
        ) { row in
            Request(
                concept: (row.integer(0), row.text(1), row.text(2)),
                template: row.isNull(3) ? nil : (row.integer(3), row.text(4), row.text(5)),
                place: (row.integer(6), row.integer(7)))
        }
    }

    func process(_ items: [Request]) -> [Caption] {
        items.map { request in
            let text =
                request.template?.text.replacing("{}", with: request.concept.name) ?? request.concept.name
            return Caption(request: request, text: text, refusal: Self.fault(in: text))
        }
    }

    /// Why a text is no caption, or nil where it is one.
    static func fault(in text: String) -> String? {
        if text.allSatisfy(\.isWhitespace) { return "empty" }
        if text.count > 2_000 { return "longer than 2,000 characters" }
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return "holds a control character"
        }
        return nil
    }

    func append(
        _ output: Caption, payloads: [StoredPayload], run: Run, to catalog: Catalog
    ) throws(Failure) {
        let request = output.request
        var identity: [(String, JSONValue)] = [
            ("concept", .string(request.concept.uid)), ("strategy", .string(strategy.rawValue)),
            ("text", .string(output.text)),
        ]
        var columns: [String: SQLValue] = [
            "text": .text(output.text), "strategy": .text(strategy.rawValue),
            "status": .text(output.refusal == nil ? "accepted" : "refused"),
            "concept_id": .integer(request.concept.id), "run_id": .integer(run.id),
        ]
        if let refusal = output.refusal { columns["reason"] = .text(refusal) }
        if let template = request.template {
            identity.append(("template", .string(template.uid)))
            columns["template_id"] = .integer(template.id)
        }
        try catalog.append("caption", UID(of: "caption", identity), columns)
    }
}
