import Diagnostics
import Digests
import JSONValues

/// What an export says of an item: the same columns for every item, in one order, typed, and never null.
///
/// Readers infer the type of a JSON column from the first rows and then cut later values down to it without a
/// word, so a shape that never varies is the only safe one.
struct ExportRecord {
    /// A value for each column, in order.
    let values: [ExportValue]

    /// The columns that every export has.
    static let fixedColumns = [
        ExportField("uid", .string), ExportField("split", .string), ExportField("label", .integer),
        ExportField("class", .string), ExportField("class_key", .string), ExportField("text", .string),
        ExportField("width", .integer), ExportField("height", .integer), ExportField("weight", .real),
        ExportField("sha256", .string),
    ]

    /// All columns of an export that adds `fields`.
    static func columns(adding fields: [ExportField]) -> [ExportField] { fixedColumns + fields }

    /// Whether a reader gives a column of this name a meaning of its own.
    static func isReserved(_ name: String) -> Bool {
        let members = ["key", "image", "images", "txt", "cls", "json"]
        return members.contains(name) || fixedColumns.contains { $0.name == name }
            || ExportImageFormat(rawValue: name) != nil
            || ["file_name", "file_names"].contains { name == $0 || name.hasSuffix("_\($0)") }
    }

    /// The most bytes that the JSON of one item may have.
    static let byteLimit = 1 << 20

    /// Takes the record of an item whose label is in range.
    init(_ item: ExportItem, classes: [ExportClass]) {
        let itsClass = classes[item.label]
        values =
            [
                .string(item.uid.hex), .string(item.split), .integer(item.label), .string(itsClass.name),
                .string(itsClass.key), .string(item.caption), .integer(item.width), .integer(item.height),
                .real(item.weight), .string(item.sha256.hex),
            ] + item.values
    }

    /// Reads a record back from JSON whose first member is `place` and whose others are exactly the columns.
    ///
    /// - Throws: a failure that names the source and the member that is not as it should be.
    init(
        _ json: JSONValue, place: (key: String, value: String), columns: [ExportField], source: String
    ) throws(Failure) {
        let members = json.object?.members ?? []
        guard members.map(\.key) == [place.key] + columns.map(\.name) else {
            throw Failure(
                .badInput, "\(source) has other members than every item must have, or another order")
        }
        guard members[0].value.string == place.value else {
            throw Failure(.badInput, "\(source): '\(place.key)' is not '\(place.value)'")
        }
        var values: [ExportValue] = []
        for (member, column) in zip(members.dropFirst(), columns) {
            guard let value = ExportValue(member.value, column.kind) else {
                throw Failure(
                    .badInput, "\(source): '\(column.name)' is not of the type \(column.kind.rawValue)")
            }
            values.append(value)
        }
        self.values = values
    }

    /// The record as JSON, behind a member that says where the image is.
    func text(place: (key: String, value: String), columns: [ExportField]) -> String {
        let members = zip(columns, values).map { (key: $0.name, value: $1.json) }
        return JSONValue.object(JSONObject([(place.key, .string(place.value))] + members)).text
    }

    /// The record as JSON without a place, so that it is the same in every format; split digests are of this.
    func text(columns: [ExportField]) -> String {
        JSONValue.object(JSONObject(zip(columns, values).map { (key: $0.name, value: $1.json) })).text
    }

    var uid: UID? { string(0).flatMap(UID.init(hex:)) }
    var split: String? { string(1) }
    var label: Int? { if case .integer(let value) = values[2] { value } else { nil } }
    var className: String? { string(3) }
    var classKey: String? { string(4) }
    var caption: String? { string(5) }
    var sha256: Digest? { string(9).flatMap(Digest.init(hex:)) }

    private func string(_ column: Int) -> String? {
        if case .string(let value) = values[column] { value } else { nil }
    }
}
