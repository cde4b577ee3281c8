import Diagnostics
import SQLite

extension CatalogCheck {
    /// Compares a payload's bytes, which are those of its digest, with what the row that names it says of them.
    mutating func compare(_ bytes: [UInt8], _ name: NamedPayloads.Name) throws(Failure) {
        let claims = try catalog.rows(
            "SELECT \(PayloadClaim.columns(of: name.table)) FROM \(name.table) AS entity WHERE id = ?",
            [.integer(name.row)]
        ) { PayloadClaim(of: name.table, $0, at: 0) }
        for claim in claims {
            let facts = PayloadFacts(bytes, of: name.table, reader, stated: claim.pixels)
            for fault in claim.faults(facts) { add(fault.kind, "\(name.title): \(fault.message)") }
        }
    }
}
