import Diagnostics
import Testing

@testable import figment_import

struct CSVTableTests {
    private func table(_ text: String) throws -> CSVTable {
        try CSVTable(parsing: Array(text.utf8), file: "list.csv")
    }

    private func rows(_ table: CSVTable) throws -> [CSVTable.Row] {
        var rows: [CSVTable.Row] = []
        try table.forEachRow { rows.append($0) }
        return rows
    }

    @Test(arguments: [
        "name,key\ncat,n1\ndog,n2\n", "name,key\r\ncat,n1\r\ndog,n2\r\n", "\u{FEFF}name,key\ncat,n1\ndog,n2",
        "\"name\", key \n\"cat\",n1\n\n\"dog\",\"n2\"\n",
    ])
    func readsTheSameTableFromEverySpelling(text: String) throws {
        let table = try table(text)
        #expect(table.header == ["name", "key"])
        #expect(try rows(table).map(\.fields) == [["cat", "n1"], ["dog", "n2"]])
    }

    @Test func keepsWhatIsQuoted() throws {
        let table = try table("name,key\n\"a, \"\"b\"\"\",1\n\"two\r\nlines\",2\n,3\n")
        #expect(try rows(table).map(\.fields) == [["a, \"b\"", "1"], ["two\r\nlines", "2"], ["", "3"]])
        #expect(try rows(table).map(\.line) == [2, 3, 5])
    }

    @Test func marksThatCombineHideNoComma() throws {
        let table = try table("name,key\na,\u{301}b\n\"c\u{301}\",d\n")
        #expect(try rows(table).map(\.fields) == [["a", "\u{301}b"], ["c\u{301}", "d"]])
    }

    @Test(arguments: [
        ("", "list.csv is empty"), ("a,b\n1\n", "line 2: 1 fields where the header has 2"),
        ("a\nb\n1,2\n", "line 3: 2 fields where the header has 1"),
        ("a\n\"b\n", "line 2: a quoted field has no end"),
        ("a\nb\"c\n", "line 2: a quote in the middle"), ("a\n\"b\"c\n", "line 2: a quote in the middle"),
        ("a\n\0\n", "line 2: a NUL"),
    ])
    func saysWhereATableIsBroken(text: String, phrase: String) {
        let failure = #expect(throws: Failure.self) { try rows(table(text)) }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("list.csv") == true)
        #expect(failure?.summary.contains(phrase) == true, "\(failure?.summary ?? "")")
        #expect(failure?.hint != nil)
    }

    @Test func readsConcepts() throws {
        let concepts = try ConceptsCommand.read(
            try table("weight,name,key\n2,Tabby Cat,\n,dog,n02084071\n0, Löwe ,\n"))
        #expect(concepts.map(\.name) == ["Tabby Cat", "dog", "Löwe"])
        #expect(concepts.map(\.key) == ["tabby-cat", "n02084071", "löwe"])
        #expect(concepts.map(\.weight) == [2, 1, 0])
        let zero = try ConceptsCommand.read(try table("name,weight\na,-0\n"))[0].weight
        #expect(zero == 0 && zero.sign == .plus)
    }

    @Test(arguments: [
        "name\n\(String(repeating: "x", count: 2_001))\n", "name,weight\na,-1\n", "name,weight\na,nan\n",
        "name,weight\na,inf\n", "name\n\"  \"\n",
    ])
    func refusesConceptsThatCannotBe(text: String) throws {
        let table = try table(text)
        let failure = #expect(throws: Failure.self) { try ConceptsCommand.read(table) }
        #expect(failure?.summary.contains("list.csv, line 2: ") == true)
    }

    @Test(arguments: ["a photo of a {}\n# note\n\na {}.", "\u{FEFF}a photo of a {}\r\n\r\na {}.\r\n"])
    func readsTemplates(text: String) throws {
        #expect(try TemplatesCommand.read(Array(text.utf8), file: "set.txt") == ["a photo of a {}", "a {}."])
    }

    @Test func aVocabularyIsItsMembers() {
        func record(_ name: String, _ weight: Double) -> VocabularyRecord {
            VocabularyRecord(name: name, concepts: [.init(key: "a", name: "A", weight: weight)])
        }
        #expect(record("x", 1).uid == record("x", 1).uid)
        #expect(Set([record("x", 1).uid, record("y", 1).uid, record("x", 2).uid]).count == 3)
    }
}
