import Catalogs
import Diagnostics
import JSONValues

/// An image in a variant, with its defaults filled in.
struct Member {
    let imageID: Int
    let uid: String
    let label: String?
    let split: String
    let weight: Double
    let softTarget: String?

    /// The query whose rows `init` reads: the members of a variant as they are now.
    ///
    /// Without them in the query the label is the concept's key, the split that of the image, else train, and the
    /// weight 1.
    ///
    /// - Throws: badInput where the variant's query is not one of images, or does more than read.
    static func query(_ variant: Variant, _ reader: CatalogReader) throws(Failure) -> String {
        let columns = try reader.columns(of: variant.sql)
        try VariantColumns.check(columns)
        func given(_ column: String) -> String { columns.contains(column) ? "answer.\(column)" : "NULL" }
        return """
            SELECT answer.image_id, image.uid, coalesce(\(given("label")), concept.key) AS label,
                coalesce(\(given("split")), image.split, 'train') AS split,
                coalesce(\(given("weight")), 1.0) AS weight, \(given("soft_target")) AS soft_target
            FROM \(try reader.subquery(variant.sql)) AS answer
            LEFT JOIN image ON image.id = answer.image_id
            LEFT JOIN concept ON concept.id = image.concept_id
            """
    }

    /// The same of a snapshot.
    static func query(snapshotID: Int) -> String {
        """
        SELECT image_id, image.uid, label, snapshot_item.split, weight, soft_target
        FROM snapshot_item JOIN image ON image.id = image_id WHERE snapshot_id = \(snapshotID)
        """
    }

    /// Reads a row of `query`.
    ///
    /// - Throws: what `check` throws.
    init(_ row: Row, number: Int) throws(Failure) {
        try Self.check(row, number: number)
        imageID = row.integer(0)
        uid = row.text(1)
        label = row.optionalText(2)
        split = row.text(3)
        weight = row.real(4)
        softTarget = row.optionalText(5)
    }

    /// Looks at a row of `query`.
    ///
    /// - Throws: badInput that names the row and the column that is not what it should be.
    static func check(_ row: Row, number: Int) throws(Failure) {
        func refused(_ column: String, _ expectation: String) -> Failure {
            Failure(
                .badInput, "row \(number): column '\(column)' is not \(expectation)",
                hint: "Cast it in the query, or leave the column out.")
        }
        guard row.storageClass(0) == .integer else { throw refused("image_id", "an integer") }
        guard !row.isNull(1) else {
            throw Failure(
                .badInput, "row \(number): there is no image \(row.integer(0))",
                hint: "Select image.id, not another id.")
        }
        guard row.isNull(2) || isName(row, 2) else { throw refused("label", "a text") }
        guard isName(row, 3) else { throw refused("split", "a text") }
        let weight = row.real(4)
        guard isNumber(row, 4), weight >= 0, weight.isFinite else {
            throw refused("weight", "a number from 0")
        }
        guard let softTarget = row.optionalText(5) else { return }
        guard row.storageClass(5) == .text,
            (try? JSONValue(parsing: softTarget, source: "soft_target"))?.array != nil
        else { throw refused("soft_target", "a JSON list") }
    }

    private static func isName(_ row: Row, _ column: Int) -> Bool {
        row.storageClass(column) == .text && row.withBytes(column) { !$0.isEmpty && $0.isUTF8 }
    }

    private static func isNumber(_ row: Row, _ column: Int) -> Bool {
        row.storageClass(column) == .integer || row.storageClass(column) == .real
    }
}

/// The columns that a variant's query may yield.
enum VariantColumns {
    private static let known = ["image_id", "label", "split", "weight", "soft_target"]

    /// Refuses a query without image_id, and a column whose meaning nobody knows.
    static func check(_ columns: [String]) throws(Failure) {
        guard columns.contains("image_id") else {
            throw Failure(
                .badInput, "the query yields \(columns.joined(separator: ", ")), and no image_id",
                hint: "Begin it with SELECT image_id, or SELECT id AS image_id FROM image.")
        }
        for column in columns where !known.contains(column) {
            throw Failure(
                .badInput, "the query yields the unknown column '\(column)'",
                hint: "A variant's columns are \(known.joined(separator: ", ")).")
        }
        guard Set(columns).count == columns.count else {
            throw Failure(.badInput, "the query yields a column twice", hint: "Name each column once.")
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the bytes are a text; most are of ASCII alone.
    fileprivate var isUTF8: Bool {
        allSatisfy { $0 < 0x80 } || String(validating: self, as: UTF8.self) != nil
    }
}
