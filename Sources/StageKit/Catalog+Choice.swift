import Catalogs
import Diagnostics

extension Catalog {
    /// The ids that the query of `--from` yields, in its order.
    ///
    /// - Throws: badInput where it yields anything but one column of integers, or more of them than any catalog has
    ///   (`QueryLimits.usualRows`), or would do more than read.
    public func chosenIDs(by sql: String) throws(Failure) -> [Int] {
        var ids: [Int] = []
        let limits = QueryLimits()
        try during("choosing what to work on by --from") { () throws(Failure) in
            try Watchdog.guarding(seconds: limits.seconds) { () throws(Failure) in
                try reader(limits: limits).queryAll(sql) { row throws(Failure) in
                    guard row.count == 1, row.storageClass(0) == .integer else {
                        throw Failure(
                            .badInput, "--from must yield one column of integer ids",
                            hint: "Write SELECT id FROM … WHERE ….")
                    }
                    ids.append(row.integer(0))
                }
            }
        }
        return ids
    }
}
