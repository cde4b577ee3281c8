import Diagnostics
import ExportFormats
import JSONValues

/// Exports of which one file is changed: none is called what was exported.
final class ExportKind: Kind {
    private let exports: [(name: String, tree: FileTree)]
    private var laidOut: Set<String> = []

    init(_ material: Material) throws(Failure) {
        var exports: [(String, FileTree)] = []
        for name in ["webdataset", "imagefolder"] {
            exports.append((name, try FileTree("\(material.made)/\(name)")))
        }
        self.exports = exports
    }

    func attempt(_ dice: inout Dice, in scratch: Scratch) throws(Failure) {
        let (name, tree) = dice.pick(exports)
        if laidOut.insert(name).inserted { try tree.write(to: name, in: scratch) }
        let file = dice.pick(tree.files)
        var bytes = file.bytes
        if dice.once(in: 2), let value = try? JSONValue(parsing: bytes, source: "it") {
            bytes = Array(Mutation.json(value, &dice).text.utf8)
        } else {
            bytes = Mutation.bytes(bytes, others: tree.files.map(\.bytes), &dice)
            if file.path.hasSuffix(".tar"), !dice.once(in: 3) { bytes = Repairs.checksums(ofTar: bytes) }
        }
        try scratch.write("\(name)/\(file.path)", bytes)
        let verdict = Result { () throws(Failure) in try ExportVerification.verify("\(scratch.path)/\(name)")
        }
        if !scratch.isKept { try scratch.write("\(name)/\(file.path)", file.bytes) }
        guard case .verified = try verdict.get() else { return }
        guard file.path == "manifest.json" || bytes == file.bytes else {
            throw .broken("\(name)/\(file.path) was changed, and the export is called verified")
        }
    }
}
