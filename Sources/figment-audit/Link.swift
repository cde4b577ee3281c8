/// A way in which a row rests on another: what a reference of the schema means for provenance.
struct Link {
    /// In which direction, and for which question, a link is followed.
    enum Question {
        /// From a row to what it was made of.
        case sources
        /// From a row to what was made of it.
        case products
        /// From an image to what was found out about it, and to the datasets and trainings it went into.
        case record
    }

    let child: Kind
    let parent: Kind
    /// The table that holds the reference, and its columns with the ids of child and parent.
    let through: String
    let childColumn: String
    let parentColumn: String
    let questions: [Question]
    /// The partial index by which products are found, and the condition it was made for.
    let index: (name: String, condition: String)?

    /// The kind of row from which it leads.
    func start(_ question: Question) -> Kind { question == .sources ? child : parent }

    /// The kind of row to which it leads.
    func end(_ question: Question) -> Kind { question == .sources ? parent : child }

    /// SQL that yields the kind and the id of what a row, `reached`, hangs on, or of what hangs on it.
    func step(_ question: Question) -> String {
        let (own, other) =
            question == .sources ? (childColumn, parentColumn) : (parentColumn, childColumn)
        let index = question == .sources ? nil : index
        return """
            SELECT \(end(question).code), \(through).\(other)
            FROM reached CROSS JOIN \(through)\(index.map { " INDEXED BY \($0.name)" } ?? "")
            WHERE reached.kind = \(start(question).code) AND \(through).\(own) = reached.id
                AND \(through).\(other) IS NOT NULL\(index.map { " AND \($0.condition)" } ?? "")
            """
    }

    /// The child's column refers to the parent.
    private static func column(
        _ child: Kind, _ column: String, _ parent: Kind, _ questions: [Question],
        by index: (name: String, condition: String)? = nil
    ) -> Link {
        Link(
            child: child, parent: parent, through: child.table, childColumn: "id", parentColumn: column,
            questions: questions, index: index)
    }

    /// Rows of a table of their own lead from children to parents.
    private static func table(
        _ child: Kind, _ through: String, _ columns: (child: String, parent: String), _ parent: Kind,
        _ questions: [Question]
    ) -> Link {
        Link(
            child: child, parent: parent, through: through, childColumn: columns.child,
            parentColumn: columns.parent, questions: questions, index: nil)
    }

    static let all: [Link] = [
        column(.concept, "vocabulary_id", .vocabulary, [.sources, .products]),
        column(.promptTemplate, "template_set_id", .templateSet, [.sources, .products]),
        column(.background, "vocabulary_id", .vocabulary, [.sources]),
        column(.background, "concept_id", .concept, [.sources]),
        column(.relation, "vocabulary_id", .vocabulary, [.sources]),

        column(.caption, "concept_id", .concept, [.sources, .products]),
        column(.caption, "template_id", .promptTemplate, [.sources, .products]),
        column(.caption, "background_id", .background, [.sources, .products]),
        column(.caption, "relation_id", .relation, [.sources, .products]),
        column(.caption, "model_id", .model, [.sources, .products]),
        table(.caption, "caption_example", ("caption_id", "example_id"), .example, [.sources, .products]),

        column(.conditioning, "caption_id", .caption, [.sources, .products]),
        column(.conditioning, "image_id", .image, [.sources, .products]),
        column(.conditioning, "concept_id", .concept, [.sources, .products]),
        column(.conditioning, "model_id", .model, [.sources, .products]),
        table(
            .conditioning, "conditioning_parent", ("conditioning_id", "parent_id"), .conditioning,
            [.sources, .products]),

        column(.sampling, "model_id", .model, [.sources, .products]),
        column(.sampling, "unconditional_id", .conditioning, [.sources, .products]),
        column(.generation, "sampling_id", .sampling, [.sources, .products]),
        column(.generation, "conditioning_id", .conditioning, [.sources, .products]),
        column(.generation, "initial_image_id", .image, [.sources, .products]),
        column(.image, "generation_id", .generation, [.sources, .products]),
        column(.image, "concept_id", .concept, [.sources, .products]),
        // A generated image hangs on its caption by its conditioning.
        column(
            .image, "caption_id", .caption, [.sources, .products],
            by: ("image_by_given_caption", "image.generation_id IS NULL")),

        column(.measurement, "model_id", .model, [.sources]),
        column(.measurement, "vocabulary_id", .vocabulary, [.sources]),
        column(.measurement, "template_set_id", .templateSet, [.sources]),
        column(.score, "measurement_id", .measurement, [.sources]),
        column(.score, "image_id", .image, [.sources, .record]),
        column(.score, "caption_id", .caption, [.sources]),
        column(.decision, "filter_rule_id", .filterRule, [.sources]),
        column(.decision, "image_id", .image, [.sources, .record]),
        column(.decision, "score_id", .score, [.sources]),
        column(.rederivation, "image_id", .image, [.sources, .record]),

        column(.snapshot, "variant_id", .variant, [.sources]),
        table(.snapshot, "snapshot_item", ("snapshot_id", "image_id"), .image, [.products, .record]),
        column(.export, "snapshot_id", .snapshot, [.sources, .products, .record]),
        table(
            .training, "training_snapshot", ("training_id", "snapshot_id"), .snapshot,
            [.sources, .products, .record]),
        table(.model, "training", ("model_id", "id"), .training, [.sources, .products, .record]),
        column(.metric, "training_id", .training, [.sources, .record]),
    ]
}
