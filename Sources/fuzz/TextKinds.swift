import Diagnostics
import Files
import JSONValues
import SQLite
import Texts

/// JSON: what is read is written and read again as the same.
struct JSONKind: Kind {
    private let texts: [[UInt8]]

    init(_ material: Material) throws(Failure) {
        texts = try FileTree(material.fixtures).filter { $0.hasSuffix(".json") }.files.map(\.bytes)
            .filter { $0.count < 20_000 }
    }

    func attempt(_ dice: inout Dice, in scratch: Scratch) throws(Failure) {
        var bytes = dice.pick(texts)
        if dice.once(in: 2), let value = try? JSONValue(parsing: bytes, source: "it") {
            bytes = Array(Mutation.json(value, &dice).text.utf8)
        }
        if !dice.once(in: 4) { bytes = Mutation.bytes(bytes, others: texts, &dice) }
        if dice.once(in: 50) {
            let depth = dice.pick([100, 1_000, 100_000])
            bytes = [UInt8](repeating: UInt8(ascii: dice.once(in: 2) ? "[" : "{"), count: depth) + bytes
        }
        try scratch.keep(bytes)
        let value = try JSONValue(parsing: bytes, source: "it")
        for text in [value.text, value.canonicalText] {
            guard (try? JSONValue(parsing: text, source: "it")) == value else {
                throw .broken("JSON that was written reads back as another value")
            }
        }
    }
}

/// Texts from outside on their way to a terminal, a page, SQL, a shell, a path.
struct TextKind: Kind {
    private let database: Connection

    init() throws(Failure) {
        database = try failing { () throws(SQLiteError) in try Connection.inMemory() }
    }

    func attempt(_ dice: inout Dice, in scratch: Scratch) throws(Failure) {
        let text = dice.once(in: 2) ? Mutation.text(&dice) : Self.noise(&dice)
        try scratch.keep(Array(text.utf8))
        let shown = TerminalText.shown(text, limit: 1 + dice.below(200))
        guard !shown.unicodeScalars.contains(where: TerminalText.isUnseen) else {
            throw .broken("a terminal would obey what is shown")
        }
        let page = HTMLText.escaped(text).utf8
        guard !page.contains(where: { "<>\"'".utf8.contains($0) }) else {
            throw .broken("a browser would obey what is shown")
        }
        if !text.utf8.contains(0) {
            let read = try failing { () throws(SQLiteError) in
                try database.value("SELECT \(SQLText.literal(text))")
            }
            guard case .text(let same) = read, same.utf8.elementsEqual(text.utf8) else {
                throw .broken("SQL reads another text than was written")
            }
        }
        if let name = FileName(text) {
            let inner = Path.names(of: Path.withoutFolders(in: name.text))
            guard Path.names(of: "/folder/\(name)", below: "/folder")?.count == 1, inner.count == 1 else {
                throw .broken("a name leads to another folder")
            }
        }
        guard Path.withoutFolders(in: " \(text)").utf8.count <= text.utf8.count + 1 + 3 * text.utf8.count
        else {
            throw .broken("a message grew")
        }
    }

    private static func noise(_ dice: inout Dice) -> String {
        String(decoding: (0..<dice.below(40)).map { _ in UInt8(dice.below(256)) }, as: UTF8.self)
    }
}
