import Catalogs
import Diagnostics
import Digests
import StageKit

/// The snapshot that the command line names.
struct FrozenSnapshot {
    let id: Int
    let uid: String
    let variant: String
    let digest: Digest

    var title: String { "variant '\(variant)'" }

    /// The newest snapshot of a variant's name, else the one whose uid is or begins with the word.
    ///
    /// - Throws: missingResource where there is none.
    static func find(_ word: String, in catalog: Catalog) throws(Failure) -> FrozenSnapshot {
        let found = try catalog.rows(
            """
            SELECT snapshot.id, snapshot.uid, variant.name, snapshot.digest
            FROM snapshot JOIN variant ON variant.id = snapshot.variant_id
            WHERE variant.name = :word OR (length(:word) >= 6 AND substr(snapshot.uid, 1, length(:word)) = :word)
            ORDER BY variant.name = :word DESC, \(NewestFirst.order(of: "snapshot")) LIMIT 1
            """, [":word": .text(word)]
        ) { row in (row.integer(0), row.text(1), row.text(2), Digest(hex: row.text(3))) }
        guard let (id, uid, variant, digest) = found.first else {
            throw Failure(
                .missingResource, "there is no snapshot of '\(word)'",
                hint: "Freeze it first: figment variant freeze \(word); see figment variant list.")
        }
        guard let digest else {
            throw Failure(.catalog, "snapshot \(uid) has a damaged digest", hint: "Run 'figment check'.")
        }
        return FrozenSnapshot(id: id, uid: uid, variant: variant, digest: digest)
    }
}
