import JSONValues

/// The values of a command's arguments, validated, defaults filled in.
public struct ParsedArguments: Sendable {
    private let values: [String: DecodedArgument]

    init(_ values: [String: DecodedArgument]) { self.values = values }

    /// The value of an argument that the command declares.
    public subscript<Value>(_ argument: Argument<Value>) -> Value {
        guard let value = values[argument.usage.name]?.value as? Value else {
            preconditionFailure("the command does not declare \(argument.usage.title)")
        }
        return value
    }

    /// Every argument's value by its name, sorted: what a run records.
    public var json: JSONValue {
        .object(JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }))
    }
}
