import Diagnostics
import JSONValues

extension JSONFields {
    /// Reads a list of values of any kind; a missing one is empty.
    func elements(_ key: String) throws(Failure) -> [JSONValue] {
        guard let value = value(key) else { return [] }
        guard let array = value.array else { throw refusal(key, "a list") }
        return array
    }

    /// The failure that says what a field must be.
    func refusal(_ key: String, _ expected: String) -> Failure {
        let text = value(key).map { String($0.text.prefix(60)) } ?? "missing"
        return Failure(
            .badInput, "\(source): '\(key)' is \(text), not \(expected)", hint: "Put \(expected) there.")
    }
}
