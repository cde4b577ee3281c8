import Catalogs
import Diagnostics

extension Catalog {
    /// The ids that the query of `--from` yields, in its order.
    ///
    /// - Throws: badInput where it yields anything but one column of integers, or would do more than read.
    public func chosenIDs(by sql: String) throws(Failure) -> [Int] {
        var ids: [Int] = []
        try during("choosing what to work on by --from") { () throws(Failure) in
            try reader().query(sql) { _, row throws(Failure) in
                guard row.count == 1, case .integer(let id) = row[0] else {
                    throw Failure(
                        .badInput, "--from must yield one column of integer ids",
                        hint: "Write SELECT id FROM … WHERE ….")
                }
                ids.append(id)
                return true
            }
        }
        return ids
    }
}
