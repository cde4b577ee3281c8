/// The README.md of an export: a card that the Hugging Face hub and its `datasets` library read.
///
/// Without its front matter `datasets` guesses the splits from words in paths: a class folder `test_tube` becomes
/// a test split that nobody asked for. So every split is pinned to its files.
struct DatasetCard {
    /// The content of the file.
    let text: String

    init(_ plan: ExportPlan, _ format: ExportFormat, _ written: WrittenItems) {
        var lines = ["---", "pretty_name: \(Self.quoted(plan.title))", "configs:"]
        lines += ["- config_name: default", "  data_files:"]
        for split in plan.splits {
            lines += ["  - split: \(split.name)", "    path: \(Self.quoted(format.pattern(split.name)))"]
        }
        let features = format.features(plan, written.imageFormat)
        if !features.isEmpty { lines += ["dataset_info:", "  features:"] + features.flatMap(\.yaml) }
        lines += ["---", "", "# \(Self.line(plan.title))", ""]
        lines += ["| split | images | classes |", "|---|---:|---:|"]
        lines += written.taken.map { split in
            let classes = split.classCounts.count { $0 > 0 }
            return "| \(split.name) | \(split.itemCount) | \(classes) of \(plan.classes.count) |"
        }
        lines += [
            "", "`classes.json` gives each label its name. Every image has a caption and a record:", "",
        ]
        lines += ExportRecord.columns(adding: plan.fields).map { "* `\($0.name)`: \($0.kind.rawValue)" }
        lines += ["", format.usage(plan), "", "```python", "import datasets", ""]
        lines += ["splits = datasets.load_dataset(\"PATH_OF_THIS_DIRECTORY\")", "```", ""]
        lines += ["`manifest.json` has the SHA-256 of every file. The snapshot's digest is"]
        lines += ["`\(plan.snapshot.hex)`.", ""]
        text = lines.joined(separator: "\n")
    }

    /// A YAML scalar in double quotes, all ASCII, so that no reader trips over a character.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case " "..."~": result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                result += "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
            }
        }
        return result + "\""
    }

    /// A text as one line of Markdown without markup.
    private static func line(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.properties.generalCategory == .control {
                result += " "
                continue
            }
            if "\\`*_{}[]<>#|!".unicodeScalars.contains(scalar) { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
