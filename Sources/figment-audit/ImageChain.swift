import Catalogs
import Diagnostics
import JSONValues
import StageKit
import Texts

/// Everything that one image rests on, what was found out about it, and everything that rests on it.
struct ImageChain {
    private let sections: [(section: ChainSection, rows: [JSONObject])]
    private let stored: StoredPicture
    private let products: Reach
    private let runs: [RunRecord]

    /// What is wrong with the image's file, nil where it is what its row says.
    var damage: String? { stored.damage }

    init(of image: Int, in catalog: Catalog) throws(Failure) {
        var sections: [(ChainSection, [JSONObject])] = []
        for section in ChainSection.origin + ChainSection.record {
            let rows = try catalog.rows(section.sql, [":image": .integer(image)]) { row in
                JSONObject(zip(row.columns, row.values).map { (key: $0, value: $1.json) })
            }
            if !rows.isEmpty { sections.append((section, rows)) }
        }
        self.sections = sections
        stored = try StoredPicture(of: image, in: catalog)
        products = try Reach(.products, of: .image, image, in: catalog)
        runs = try Reach(around: image, in: catalog).runs(in: catalog)
    }

    var json: JSONValue {
        var object = JSONObject()
        for (section, rows) in sections {
            let members = rows.map { row in
                JSONValue.object(
                    JSONObject(
                        row.members.filter { $0.key != "line" }.map {
                            ($0.key.hasPrefix("_") ? String($0.key.dropFirst()) : $0.key, $0.value)
                        }))
            }
            object[section.key] = section.isOne ? members[0] : .array(members)
        }
        object["payload"] = [
            "intact": .boolean(damage == nil), "damage": damage.map { .string($0) } ?? .null,
        ]
        object["products"] = products.counts
        object["runs"] = .array(runs.map { .object($0.json) })
        return .object(object)
    }

    /// A run by the beginning of its uid, and who it was and when; the section of runs has the rest.
    private func short(_ uid: String?) -> String {
        guard let run = runs.first(where: { $0.uid == uid }) else { return uid ?? "" }
        return "\(run.uid.prefix(12)), \(run.program) \(run.version), \(run.startedAt)"
    }

    var text: TerminalText {
        var text = AuditText()
        for (section, rows) in sections {
            text.title(section.title)
            for row in rows {
                for (name, value) in row.members where !name.hasPrefix("_") {
                    switch name {
                    case "line": text.line(value.string ?? "")
                    case "run": text.value(name, .string(short(value.string)), isDeep: true)
                    default: text.value(name, value, isDeep: true)
                    }
                }
            }
            if section.title == "image" {
                let words =
                    damage.map { "DAMAGED: \($0)" } ?? "in its pack, with the SHA-256 of file and pixels"
                text.value("payload", .string(words), isDeep: true)
            }
        }
        if !products.ids.isEmpty {
            text.title("rests on this image")
            text.line(products.summary)
        }
        text.title("runs")
        for run in runs {
            text.line(run.line)
            text.value("run", .string("\(run.uid) on \(run.machine)"), isDeep: true)
            text.value("options", .string(run.options), isDeep: true)
        }
        return text.text
    }
}
