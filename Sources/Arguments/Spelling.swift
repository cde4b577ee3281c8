/// The candidate that a mistyped word most likely means, or nil where none is near.
///
/// Near is an edit distance of at most a third of the word, or of one in a short word; of equally near ones
/// the first counts.
public func closest(to word: String, among candidates: [String]) -> String? {
    let ranked = candidates.map { (candidate: $0, distance: editDistance(word, $0)) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }),
        best.distance <= max(1, word.count / 3)
    else { return nil }
    return best.candidate
}

/// The least number of insertions, deletions, replacements and swaps of neighbours that lead from one word to
/// the other (optimal string alignment).
func editDistance(_ first: String, _ second: String) -> Int {
    let first = Array(first)
    let second = Array(second)
    var rows = [Array(0...second.count)]
    for i in 0..<first.count {
        var row = [i + 1]
        for j in 0..<second.count {
            var cost = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (first[i] == second[j] ? 0 : 1))
            if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
                cost = min(cost, rows[i - 1][j - 1] + 1)
            }
            row.append(cost)
        }
        rows.append(row)
    }
    return rows[first.count][second.count]
}
