/// A column as the Hugging Face `datasets` library declares it in a card (`dataset_info`, `features`).
struct DatasetFeature {
    private let name: String
    private let type: Kind

    /// What a column may be.
    enum Kind {
        /// An image file.
        case image
        /// A value of one type.
        case value(ExportField.Kind)
        /// A label with the names of the classes.
        case classLabel([ExportClass])
        /// A record of typed values.
        case record([ExportField])
    }

    init(_ name: String, _ type: Kind) {
        self.name = name
        self.type = type
    }

    /// The lines that declare it, as an element of the list `features`.
    var yaml: [String] {
        ["  - name: \(name)"] + typeLines.map { "    \($0)" }
    }

    private var typeLines: [String] {
        switch type {
        case .image: ["dtype: image"]
        case .value(let kind): ["dtype: \(Self.type(kind))"]
        case .classLabel(let classes): Self.classLabel(classes)
        case .record(let columns):
            ["struct:"] + columns.flatMap { ["- name: \($0.name)", "  dtype: \(Self.type($0.kind))"] }
        }
    }

    /// The names must differ in `datasets`; in vocabularies they need not (ImageNet has two cranes).
    private static func classLabel(_ classes: [ExportClass]) -> [String] {
        var counts: [String: Int] = [:]
        for itsClass in classes { counts[itsClass.name, default: 0] += 1 }
        let names = classes.enumerated().map { label, itsClass in
            counts[itsClass.name] == 1 ? itsClass.name : "\(itsClass.name) (\(label))"
        }
        guard Set(names).count == names.count else { return ["dtype: \(type(.integer))"] }
        return ["dtype:", "  class_label:", "    names:"]
            + names.enumerated().map { "      '\($0)': \(DatasetCard.quoted($1))" }
    }

    private static func type(_ kind: ExportField.Kind) -> String {
        switch kind {
        case .string: "string"
        case .integer: "int64"
        case .real: "float64"
        }
    }
}
