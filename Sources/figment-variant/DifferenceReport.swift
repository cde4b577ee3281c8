import Catalogs
import Diagnostics
import JSONValues
import Texts

/// A difference in words, or as JSON: the counts, and the first images of each kind.
struct DifferenceReport {
    private let difference: MembershipDifference
    private let names: [String]
    private let limit: Int
    private let catalog: Catalog

    init(_ difference: MembershipDifference, names: [String], limit: Int, _ catalog: Catalog) {
        self.difference = difference
        self.names = names
        self.limit = limit
        self.catalog = catalog
    }

    func text(_ first: String, _ second: String) throws(Failure) -> TerminalText {
        var text: TerminalText = """
            only in \(first): \(difference.onlyInFirst.count) images
            only in \(second): \(difference.onlyInSecond.count) images
            in both as something else: \(difference.changed.count) images
            in both the same: \(difference.sameCount) images

            """
        for entry in difference.onlyInFirst.prefix(limit) { text += "- \(try uid(entry)) \(words(entry))\n" }
        for entry in difference.onlyInSecond.prefix(limit) { text += "+ \(try uid(entry)) \(words(entry))\n" }
        for (a, b) in difference.changed.prefix(limit) {
            text += "~ \(try uid(a)) \(words(a)) -> \(words(b))\n"
        }
        return text
    }

    func json() throws(Failure) -> JSONValue {
        var lists: [JSONValue] = []
        for entries in [difference.onlyInFirst, difference.onlyInSecond] {
            var list: [JSONValue] = []
            for entry in entries.prefix(limit) {
                list.append(["uid": .string(try uid(entry)), "member": json(entry)])
            }
            lists.append(.array(list))
        }
        var changed: [JSONValue] = []
        for (a, b) in difference.changed.prefix(limit) {
            changed.append(["uid": .string(try uid(a)), "first": json(a), "second": json(b)])
        }
        return [
            "only_first": .integer(difference.onlyInFirst.count),
            "only_second": .integer(difference.onlyInSecond.count),
            "changed": .integer(difference.changed.count), "same": .integer(difference.sameCount),
            "only_first_images": lists[0], "only_second_images": lists[1], "changed_images": .array(changed),
        ]
    }

    private func uid(_ entry: Membership.Entry) throws(Failure) -> String {
        try catalog.rows("SELECT uid FROM image WHERE id = ?", [.integer(entry.imageID)]) { $0.text(0) }.first
            ?? ""
    }

    private func words(_ entry: Membership.Entry) -> String {
        let target = entry.softTarget.map { " target \(String($0, radix: 16))" } ?? ""
        return
            "(image \(entry.imageID), \(entry.label.map { names[$0] } ?? "no label"), \(names[entry.split]), weight \(entry.weight)\(target))"
    }

    private func json(_ entry: Membership.Entry) -> JSONValue {
        [
            "image_id": .integer(entry.imageID), "label": entry.label.map { .string(names[$0]) } ?? .null,
            "split": .string(names[entry.split]), "weight": .real(entry.weight),
            "soft_target_sha256": entry.softTarget.map { .string(String($0, radix: 16)) } ?? .null,
        ]
    }
}
