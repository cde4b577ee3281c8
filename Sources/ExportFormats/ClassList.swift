import Diagnostics
import Files
import JSONValues

/// The list of classes beside an export: `classes.json`, where each class has its label, name and key.
enum ClassList {
    static let fileName = "classes.json"
    private static let byteLimit = 1 << 28

    /// The content of the file.
    static func text(_ classes: [ExportClass]) -> String {
        let list = classes.enumerated().map { label, itsClass -> JSONValue in
            ["label": .integer(label), "name": .string(itsClass.name), "key": .string(itsClass.key)]
        }
        return JSONValue.object(JSONObject([("classes", .array(list))])).text + "\n"
    }

    /// Reads the file of an export back.
    static func read(from directory: Folder) throws(Failure) -> [ExportClass] {
        let file = try HashingReader(fileName, below: directory)
        let path = file.path
        guard file.byteCount <= byteLimit else {
            throw Failure(.badInput, "\(path) has \(file.byteCount) bytes, more than \(byteLimit)")
        }
        let json = try JSONValue(parsing: try file.read(file.byteCount), source: path)
        guard let list = json.object?["classes"]?.array else {
            throw Failure(.badInput, "\(path) has no list 'classes'")
        }
        var classes: [ExportClass] = []
        for (label, element) in list.enumerated() {
            let fields = try JSONFields(element, source: "\(path), classes[\(label)]")
            guard try fields.integer("label") == label else {
                throw Failure(.badInput, "\(fields.source): the label is not \(label)")
            }
            classes.append(
                ExportClass(name: try fields.string("name"), key: try fields.string("key")))
        }
        return classes
    }
}
