import Diagnostics
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
    ///
    /// - Parameter path: what is recorded for a path.
    public func json(recording path: (String) throws(Failure) -> String) throws(Failure) -> JSONValue {
        var object = JSONObject()
        for (name, argument) in values.sorted(by: { $0.key < $1.key }) {
            switch argument.json {
            case .string(let text) where argument.isPath: object[name] = .string(try path(text))
            case .array(let list) where argument.isPath:
                object[name] = .array(
                    try list.map { value throws(Failure) in .string(try path(value.string ?? "")) })
            default: object[name] = argument.json
            }
        }
        return .object(object)
    }
}
