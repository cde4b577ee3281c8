import Diagnostics
import JSONValues

extension JSONFields {
    /// Reads a string that must be one of a few; a missing one takes the default, if there is one.
    func choice<Value>(
        _ key: String, _ named: [(String, Value)], default fallback: Value? = nil
    ) throws(Failure) -> Value {
        if let fallback, value(key) == nil { return fallback }
        let name = try string(key)
        guard let match = named.first(where: { $0.0 == name }) else {
            throw refusal(key, "only \(named.map(\.0).joined(separator: ", ")) are supported")
        }
        return match.1
    }

    /// The failure that refuses the value of a field, by file, field and value.
    func refusal(_ key: String, _ reason: String) -> Failure {
        Failure(
            .badInput,
            "\(source): '\(key)' is \(value(key).map { String($0.text.prefix(60)) } ?? "missing"): \(reason)",
            hint: "Use a model without it, or correct the file.")
    }
}
