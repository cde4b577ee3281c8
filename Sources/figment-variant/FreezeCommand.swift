import Arguments
import Catalogs
import Diagnostics
import Digests
import JSONValues
import StageKit

/// `figment variant freeze NAME`: the query's present answer, kept for good.
enum FreezeCommand {
    private static let name = Argument<String>.positional("NAME", .text(), "the variant")
    private static let timeLimit = Argument<Double>.option(
        "time-limit", .real(in: 0.001...1e6, placeholder: "SECONDS"), default: 600,
        "how long the query may run")

    static let syntax = CommandSyntax(
        "figment-variant freeze", "keeps a variant's present answer as a snapshot",
        discussion: """
            A snapshot is the list of images with label, split, weight and soft target, the catalog's revision, \
            the count, and a digest of the members: the same digest is the same dataset, on any machine.
            """,
        [name, timeLimit, CommonArguments.catalog, CommonArguments.json])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let session = try Session("figment-variant", arguments)
        let variant = try Variant.find(arguments[name], in: session.catalog)
        // What is appended while the query runs may be in its answer or not; what was there before it is.
        let revision = try session.catalog.integer("SELECT coalesce(max(id), 0) FROM run_event")
        let count = try during("running variant '\(variant.name)'") { () throws(Failure) in
            try collect(variant, session.catalog, timeLimit: arguments[timeLimit])
        }
        let digest = try memberDigest(session.catalog)
        let uid = UID(of: "snapshot", [("digest", .string(digest.hex)), ("variant", .string(variant.uid))])
        let isKnown = try session.catalog.id(of: uid, in: "snapshot") != nil
        if !isKnown {
            try record(uid, variant, digest, revision: revision, count: count, session)
        }
        try session.note(.finished, appended: isKnown ? 0 : count)
        try session.close()
        let text =
            "variant '\(variant.name)': \(count) images, "
            + (isKnown ? "frozen already, nothing has changed" : "frozen")
            + "\nsnapshot \(uid)\ndigest \(digest)"
        let json: JSONValue = [
            "snapshot": .string(uid.hex), "digest": .string(digest.hex), "items": .integer(count),
            "new": .boolean(!isKnown),
        ]
        StandardOutput.write((arguments[CommonArguments.json] ? json.text : text) + "\n")
        return .success
    }

    /// Puts the query's rows into the temporary table `member`; gives their number.
    private static func collect(
        _ variant: Variant, _ catalog: Catalog, timeLimit: Double
    ) throws(Failure) -> Int {
        try catalog.execute(
            """
            CREATE TEMP TABLE member (
                image_id INTEGER PRIMARY KEY, label TEXT, split TEXT, weight REAL, soft_target TEXT) STRICT
            """, [])
        var count = 0
        try catalog.reader(limits: QueryLimits(seconds: timeLimit)).query(variant.sql) {
            columns, row throws(Failure) in
            if count == 0 { try VariantColumns.check(columns) }
            count += 1
            try insert(Dictionary(zip(columns, row)) { first, _ in first }, number: count, into: catalog)
            return true
        }
        guard count > 0 else {
            throw Failure(
                .badInput, "the query yields no image", hint: "Try it with 'figment query' and mend it.")
        }
        let strays = try catalog.integer(
            "SELECT count(*) FROM member WHERE image_id NOT IN (SELECT id FROM image)", [:])
        guard strays == 0 else {
            throw Failure(
                .badInput, "\(strays) values of image_id are no images",
                hint: "Select image.id, not another id.")
        }
        return count
    }

    private static func insert(
        _ row: [String: SQLValue], number: Int, into catalog: Catalog
    ) throws(Failure) {
        func refuse(_ column: String, _ expectation: String) -> Failure {
            Failure(
                .badInput, "row \(number): column '\(column)' is not \(expectation)",
                hint: "Cast it in the query, or leave the column out.")
        }
        guard case .integer(let image)? = row["image_id"] else { throw refuse("image_id", "an integer") }
        var values: [SQLValue] = [.integer(image)]
        for column in ["label", "split"] {
            switch row[column] ?? .null {
            case .null: values.append(.null)
            case .text(let text) where !text.isEmpty: values.append(.text(text))
            default: throw refuse(column, "a text")
            }
        }
        switch row["weight"] ?? .null {
        case .null: values.append(.real(1))
        case .integer(let weight) where weight >= 0: values.append(.real(Double(weight)))
        case .real(let weight) where weight >= 0 && weight.isFinite: values.append(.real(weight))
        default: throw refuse("weight", "a number from 0")
        }
        switch row["soft_target"] ?? .null {
        case .null: values.append(.null)
        case .text(let text):
            guard (try? JSONValue(parsing: text, source: "soft_target"))?.array != nil else {
                throw refuse("soft_target", "a JSON list")
            }
            values.append(.text(text))
        default: throw refuse("soft_target", "a JSON list")
        }
        do throws(Failure) {
            try catalog.execute("INSERT INTO temp.member VALUES (?, ?, ?, ?, ?)", values)
        } catch  where error.kind == .badInput {
            throw Failure(
                .badInput, "row \(number): the image \(image) comes a second time",
                hint: "Use SELECT DISTINCT, or GROUP BY image_id.")
        }
    }

    /// The member rows with their defaults filled in.
    private static let members = """
        SELECT image.uid, image.id, coalesce(member.label, concept.key) AS label,
            coalesce(member.split, image.split, 'train') AS split, member.weight, member.soft_target
        FROM temp.member JOIN image ON image.id = member.image_id
        LEFT JOIN concept ON concept.id = image.concept_id
        """

    private static func memberDigest(_ catalog: Catalog) throws(Failure) -> Digest {
        var digest = SnapshotDigest()
        try catalog.forEachRow(
            "SELECT uid, label, split, weight, soft_target FROM (\(members)) ORDER BY uid", [:]
        ) { digest.update($0) }
        return digest.digest
    }

    private static func record(
        _ uid: UID, _ variant: Variant, _ digest: Digest, revision: Int, count: Int, _ session: Session
    ) throws(Failure) {
        let catalog = session.catalog
        try session.write { run throws(Failure) in
            let snapshot = try catalog.append(
                "snapshot", uid,
                [
                    "variant_id": .integer(variant.id), "revision": .integer(revision),
                    "item_count": .integer(count), "digest": .text(digest.hex), "run_id": .integer(run.id),
                ])
            try catalog.execute(
                """
                INSERT INTO snapshot_item (snapshot_id, image_id, label, split, weight, soft_target)
                SELECT :snapshot, id, label, split, weight, soft_target FROM (\(members)) ORDER BY id
                """, [":snapshot": .integer(snapshot)])
        }
    }
}
