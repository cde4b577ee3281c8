/// The tables whose rows hang together, each with what people call several of its rows.
enum Kind: String, CaseIterable {
    case vocabulary, concept
    case templateSet = "template_set"
    case promptTemplate = "prompt_template"
    case background, relation, example, caption, model, conditioning, sampling, generation, image
    case measurement, score
    case filterRule = "filter_rule"
    case decision, rederivation, variant, snapshot, export, training, metric, run

    /// The table.
    var table: String { rawValue }

    /// What people call a row.
    var noun: String { rawValue.replacing("_", with: " ") }

    /// What people call several rows.
    var plural: String { self == .vocabulary ? "vocabularies" : noun + "s" }

    /// Its number in queries over several tables.
    var code: Int { Self.allCases.firstIndex(of: self) ?? -1 }
}
