import Arguments
import Catalogs
import Diagnostics
import JSONValues
import StageKit
import Texts

/// `figment variant what-if NAME`: which images would come and go were a rule's threshold another one.
enum WhatIfCommand {
    private static let name = Argument<String>.positional("NAME", .text(), "the variant")
    private static let rule = Argument<String>.required("rule", .text("RULE"), "the rule, by its name")
    private static let threshold = Argument<Double>.required(
        "threshold", .real(in: -1e9...1e9), "the threshold it might have")

    static let syntax = CommandSyntax(
        "figment-variant what-if", "tells what another threshold would change",
        discussion: """
            Decides anew, by the recorded values, what the rule has decided, and runs the variant's query on that. \
            Nothing is recorded. The query must reach decisions by the views kept, rejected and latest_decision.
            """,
        [name, rule, threshold] + VariantLimits.arguments + [CommonArguments.catalog, CommonArguments.json])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let catalog = try Catalog.open(at: CommonArguments.catalogPath(arguments), mode: .readOnly)
        let variant = try Variant.find(arguments[name], in: catalog)
        let rule = try DecidedRule(named: arguments[Self.rule], in: catalog)
        let bound = arguments[threshold]
        let limits = VariantLimits.limits(arguments)
        let reader = try catalog.reader(for: .variant, limits: limits)
        let sql = try Member.query(variant, reader)
        let names = NameTable()
        func membership() throws(Failure) -> Membership {
            try Watchdog.guarding(seconds: limits.seconds) { () throws(Failure) in
                try Membership(sql, reader, names)
            }
        }
        let (before, after, margin) = try reader.reading { () throws(Failure) in
            let before = try membership()
            try reader.replace(view: "latest_decision", by: rule.decisions(threshold: bound))
            let fixed = ["decision", "latest_decision", "kept", "rejected"].map { "main.\($0)" }
            if let table = try reader.tablesRead(by: variant.sql).intersection(fixed).sorted().first {
                throw Failure(
                    .badInput, "variant '\(variant.name)' reads \(table), which no what-if changes",
                    hint: "Let its query read the views kept, rejected or latest_decision, without 'main.'.")
            }
            return (before, try membership(), try Margin(rule, threshold: bound, reader))
        }
        let report = WhatIfReport(before, after, margin, names: names.names)
        if arguments[CommonArguments.json] {
            StandardOutput.write(json: report.json)
        } else {
            StandardOutput.write(report.text(variant.name, rule, threshold: bound))
        }
        return .success
    }
}

/// What would come and go, by label.
struct WhatIfReport {
    private let before: Membership
    private let after: Membership
    private let margin: Margin
    private let labels: [(name: String?, come: Int, go: Int)]

    init(_ before: Membership, _ after: Membership, _ margin: Margin, names: [String]) {
        self.before = before
        self.after = after
        self.margin = margin
        let difference = MembershipDifference(before, after)
        var counts: [Int?: (come: Int, go: Int)] = [:]
        for entry in difference.onlyInSecond { counts[entry.label, default: (0, 0)].come += 1 }
        for entry in difference.onlyInFirst { counts[entry.label, default: (0, 0)].go += 1 }
        labels = counts.map { (name: $0.key.map { names[$0] }, come: $0.value.come, go: $0.value.go) }
            .sorted { ($0.name ?? "") < ($1.name ?? "") }
    }

    private var come: Int { labels.reduce(0) { $0 + $1.come } }
    private var go: Int { labels.reduce(0) { $0 + $1.go } }

    func text(_ variant: String, _ rule: DecidedRule, threshold: Double) -> TerminalText {
        func words(_ value: Double?) -> String { value.map { "\($0)" } ?? "none" }
        var text: TerminalText = """
            variant '\(variant)' has \(before.entries.count) images; with '\(rule.name)' \
            keeping what is \(rule.comparison.rawValue.replacing("-", with: " ")) \(threshold) it would have \
            \(after.entries.count): \(come) would come, \(go) would go
            the rule would keep \(margin.keptCount) (nearest value \(words(margin.nearestKept))) and reject \
            \(margin.rejectedCount) (nearest value \(words(margin.nearestRejected)))

            """
        for label in labels { text += "  \(label.name ?? "no label"): +\(label.come) -\(label.go)\n" }
        return text
    }

    var json: JSONValue {
        [
            "images": .integer(before.entries.count), "images_then": .integer(after.entries.count),
            "come": .integer(come), "go": .integer(go),
            "labels": .array(
                labels.map { label in
                    [
                        "label": label.name.map { .string($0) } ?? .null, "come": .integer(label.come),
                        "go": .integer(label.go),
                    ]
                }),
            "kept_then": .integer(margin.keptCount), "rejected_then": .integer(margin.rejectedCount),
            "nearest_kept": margin.nearestKept.map { .real($0) } ?? .null,
            "nearest_rejected": margin.nearestRejected.map { .real($0) } ?? .null,
        ]
    }
}
