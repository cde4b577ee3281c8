import Catalogs
import Diagnostics
import JSONValues
import StageKit
import Texts

/// A way in which things rest on a row: as what they were made of, or by what judged them.
struct DownstreamRole {
    let name: String
    /// SQL over `:id` that yields `kind` and `id` of the rows that the row had a direct hand in.
    let begin: String
    /// The kinds of those.
    let kinds: [Kind]

    init(_ name: String, _ kinds: [Kind], _ begin: String) {
        self.name = name
        self.kinds = kinds
        self.begin = begin
    }

    /// The ids that a query yields, as rows of a kind.
    init(_ name: String, _ kind: Kind, _ ids: String) {
        self.init(name, [kind], "SELECT \(kind.code), id FROM (\(ids))")
    }

    /// The ways for each kind of row that can be asked for.
    static func all(of kind: Kind) -> [DownstreamRole] {
        switch kind {
        case .model:
            [
                .init("captioner", .caption, "SELECT id FROM caption WHERE model_id = :id"),
                .init(
                    "text encoder", .conditioning,
                    """
                    SELECT id FROM conditioning WHERE model_id = :id AND kind IN ('text', 'unconditional')
                    """),
                .init(
                    "finder of conditionings", .conditioning,
                    """
                    SELECT id FROM conditioning WHERE model_id = :id AND kind NOT IN ('text', 'unconditional')
                    """),
                .init("generator", .sampling, "SELECT id FROM sampling WHERE model_id = :id"),
                .init(
                    "scorer", .image,
                    """
                    SELECT DISTINCT image_id AS id FROM score
                    WHERE measurement_id IN (SELECT id FROM measurement WHERE model_id = :id)
                    """),
                .init(
                    "embedder", .image, "SELECT DISTINCT image_id AS id FROM embedding WHERE model_id = :id"),
            ]
        case .run:
            [
                .init("maker", made, made.map { maker($0) }.joined(separator: " UNION ALL ")),
                .init(
                    "judge", .image,
                    """
                    SELECT image_id AS id FROM score WHERE run_id = :id
                    UNION SELECT image_id FROM decision WHERE run_id = :id
                    """),
            ]
        default: [.init("source", [kind], "SELECT \(kind.code), :id")]
        }
    }

    /// What a run makes; models, samplings and rules it only meets first.
    private static let made: [Kind] = [
        .vocabulary, .templateSet, .background, .relation, .example, .caption, .conditioning, .image,
        .snapshot, .export, .training,
    ]

    private static func maker(_ kind: Kind) -> String {
        "SELECT \(kind.code), id FROM \(kind.table) WHERE run_id = :id"
    }
}

/// All that rests on a row, by the role that the row plays in it.
struct DownstreamReport {
    let subject: Subject
    let facts: RowFacts
    /// Of each role that the row plays, what rests on it so.
    private let roles: [(name: String, reach: Reach)]
    /// What rests on it in any way.
    private let reach: Reach
    private let recorded: RunRecord?
    private let training: JSONValue

    init(of subject: Subject, in catalog: Catalog) throws(Failure) {
        self.subject = subject
        facts = try RowFacts(subject.kind, subject.id, in: catalog)
        var roles: [(String, Reach)] = []
        for role in DownstreamRole.all(of: subject.kind) {
            let reach = try Reach(.products, from: role.begin, kinds: role.kinds, id: subject.id, in: catalog)
                .without(subject.kind, subject.id)
            if !reach.isEmpty { roles.append((role.name, reach)) }
        }
        self.roles = roles
        reach = roles.dropFirst().reduce(into: roles.first?.1 ?? Reach()) { $0.formUnion($1.1) }
        recorded = try RunRecord.read([facts.run ?? subject.id], in: catalog).first
        training = try Self.training(of: subject, in: catalog)
    }

    /// The training that a model came out of, null where there is none.
    private static func training(of subject: Subject, in catalog: Catalog) throws(Failure) -> JSONValue {
        guard subject.kind == .model else { return .null }
        let uids = try catalog.rows(
            "SELECT uid FROM training WHERE model_id = ? ORDER BY id", [.integer(subject.id)]
        ) { JSONValue.string($0.text(0)) }
        return uids.isEmpty ? .null : .array(uids)
    }

    /// The files of a model.
    private func files(in catalog: Catalog) throws(Failure) -> [(path: String, sha256: String)] {
        guard subject.kind == .model else { return [] }
        return try catalog.rows(
            "SELECT path, sha256 FROM model_file WHERE model_id = ? ORDER BY path", [.integer(subject.id)]
        ) { ($0.text(0), $0.text(1)) }
    }

    /// Everything, however much it is.
    func json(in catalog: Catalog) throws(Failure) -> JSONValue {
        var dependents = JSONObject()
        for kind in Reach.shown {
            var uids: [JSONValue] = []
            for id in reach[kind] { uids.append(.string(try uid(of: kind, id, in: catalog))) }
            dependents[kind.plural] = .array(uids)
        }
        return [
            "subject": .object(
                JSONObject(
                    [
                        ("kind", .string(subject.kind.table)), ("uid", .string(subject.uid)),
                        ("id", .integer(subject.id)),
                    ]
                        + facts.values.members)),
            "recorded_by": recorded.map { .object($0.json) } ?? .null, "trained_by": training,
            "roles": .array(
                roles.map { ["role": .string($0.name), "counts": $0.reach.counts] }),
            "counts": reach.counts, "dependents": .object(dependents),
        ]
    }

    private func uid(of kind: Kind, _ id: Int, in catalog: Catalog) throws(Failure) -> String {
        try catalog.rows("SELECT uid FROM \(kind.table) WHERE id = ?", [.integer(id)]) { $0.text(0) }.first
            ?? ""
    }

    /// Counts first, then at most `limit` of each kind, the last links of the chain before the first.
    func text(limit: Int, in catalog: Catalog) throws(Failure) -> TerminalText {
        var text = AuditText()
        text.title(facts.label)
        text.value("uid", .string(subject.uid))
        for (name, value) in facts.values.members where subject.kind != .run && name != "configuration" {
            text.value(name, value)
        }
        for (path, sha256) in try files(in: catalog) { text.value(path, .string(sha256)) }
        if let recorded {
            text.value(subject.kind == .run ? "run" : "recorded by", .string(recorded.line))
            text.value("on", .string(recorded.machine))
            text.value("options", .string(recorded.options))
        }
        for uid in training.array ?? [] { text.value("result of training", uid) }
        text.title("rests on it")
        if roles.isEmpty { text.line("nothing") }
        for (name, reach) in roles { text.value("as \(name)", .string(reach.summary)) }
        if roles.count > 1 { text.value("in all", .string(reach.summary)) }
        for kind in Reach.shown.reversed() where !reach[kind].isEmpty {
            text.title(kind.plural)
            for id in reach[kind].prefix(limit) {
                text.line(try line(kind, id, in: catalog))
            }
            if reach[kind].count > limit {
                text.line("… and \(reach[kind].count - limit) more: --limit shows more, --json all")
            }
        }
        return text.text
    }

    private func line(_ kind: Kind, _ id: Int, in catalog: Catalog) throws(Failure) -> String {
        let lines = try catalog.rows(Self.lines[kind] ?? "", [":id": .integer(id)]) { $0.text(0) }
        let uid = try uid(of: kind, id, in: catalog)
        guard kind == .snapshot else { return "\(uid)  \(lines.first ?? "")" }
        let members = try catalog.rows(
            "SELECT image_id FROM snapshot_item WHERE snapshot_id = ?", [.integer(id)]
        ) { $0.integer(0) }
        let images = Set(reach[.image])
        let share =
            images.isEmpty ? "" : ": \(members.count { images.contains($0) }) of its images rest on it"
        return "\(uid)  \(lines.first ?? "")\(share)"
    }

    /// A row of each kind in a line.
    private static let lines: [Kind: String] = [
        .caption: "SELECT strategy || ', “' || text || '”' FROM caption WHERE id = :id",
        .conditioning: """
        SELECT kind || coalesce(', “' || text || '”', '') FROM conditioning
        LEFT JOIN caption ON caption.id = caption_id WHERE conditioning.id = :id
        """,
        .image: """
        SELECT origin || ' image ' || image.id || coalesce(', ' || concept.name, '') FROM image
        LEFT JOIN concept ON concept.id = concept_id WHERE image.id = :id
        """,
        .snapshot: """
        SELECT variant.name || ', ' || item_count || ' images, frozen ' || started_at FROM snapshot
        JOIN variant ON variant.id = variant_id JOIN run ON run.id = snapshot.run_id WHERE snapshot.id = :id
        """,
        .export: "SELECT format || ' in ' || directory || ', digest ' || digest FROM export WHERE id = :id",
        .training: """
        SELECT coalesce(name, 'no model yet') || ', seed ' || seed FROM training
        LEFT JOIN model ON model.id = model_id WHERE training.id = :id
        """,
        .model: "SELECT name || ', ' || family || ', weights ' || weights_sha256 FROM model WHERE id = :id",
    ]
}
