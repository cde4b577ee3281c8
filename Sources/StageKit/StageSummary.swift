import JSONValues

/// What a stage did, in a line for people or an object for programs.
struct StageSummary {
    let program: String
    let unit: String
    let pending: Int
    private(set) var appended = 0
    private(set) var refused = 0
    var remaining = 0
    var isInterrupted = false
    var isDryRun = false

    /// How many items were worked on; those that others had done by then are neither appended nor refused.
    private(set) var done = 0

    mutating func add(_ batch: BatchCount) {
        appended += batch.appended
        refused += batch.refused
        done += batch.itemCount
    }

    func report(asJSON: Bool) {
        if asJSON { StandardOutput.write(json: json) } else { StandardOutput.write("\(text)\n") }
    }

    var json: JSONValue {
        [
            "program": .string(program), "pending": .integer(pending), "appended": .integer(appended),
            "refused": .integer(refused), "remaining": .integer(isDryRun ? pending : remaining),
            "interrupted": .boolean(isInterrupted),
        ]
    }

    var text: String {
        if isDryRun { return "\(program): \(pending) \(unit) to make" }
        if done == 0 && remaining == 0 { return "\(program): nothing to do, all \(unit) are there already" }
        var parts = ["\(appended) \(unit) recorded"]
        if refused > 0 { parts.append("\(refused) refused (see table refusal)") }
        if isInterrupted { parts.append("interrupted") }
        if remaining > 0 { parts.append("\(remaining) still to do: run the same command again") }
        return "\(program): " + parts.joined(separator: ", ")
    }
}
