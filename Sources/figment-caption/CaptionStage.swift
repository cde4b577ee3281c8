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

        var id: Int { concept.id }
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

    private let strategy: Strategy
    /// The templates' ids; null where the bare name is the caption.
    private let templates: [SQLValue]
    private let work: String
    private let bindings: [String: SQLValue]

    init(_ arguments: ParsedArguments, _ session: Session) throws(Failure) {
        strategy = arguments[Self.strategy]
        let vocabulary = try NamedList.vocabulary.find(arguments[Self.vocabulary], in: session.catalog)
        bindings = [":vocabulary": .integer(vocabulary.id), ":strategy": .text(strategy.rawValue)]
        var work = "caption \(strategy.rawValue) \(vocabulary.uid)"
        if strategy == .template {
            let set = try NamedList.templateSet.find(arguments[Self.templates], in: session.catalog)
            work += " \(set.uid)"
            templates = try session.catalog.rows(
                "SELECT id FROM prompt_template WHERE template_set_id = ? ORDER BY position",
                [.integer(set.id)]
            ) { $0.value(0) }
        } else {
            templates = [.null]
        }
        self.work = work
    }

    /// One over the concepts for each template, so that a run which stops early is balanced.
    var passCount: Int { templates.count }

    func pass(_ number: Int) -> Pass<Request> {
        Pass(
            work: "\(work) \(number)", over: "concept.id", of: "concept",
            joins: "LEFT JOIN prompt_template AS template ON template.id = :template",
            columns: "concept.id, concept.uid, concept.name, template.id, template.uid, template.text",
            where: """
                +concept.vocabulary_id = :vocabulary AND NOT EXISTS (
                    SELECT 1 FROM caption WHERE caption.concept_id = concept.id
                    AND caption.strategy = :strategy AND caption.template_id IS template.id)
                """,
            choice: "concept.id", bindings.merging([":template": templates[number]]) { $1 }
        ) { row in
            Request(
                concept: (row.integer(0), row.text(1), row.text(2)),
                template: row.isNull(3) ? nil : (row.integer(3), row.text(4), row.text(5)))
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
