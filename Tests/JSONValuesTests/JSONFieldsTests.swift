import Diagnostics
import JSONValues
import Testing

@Suite struct JSONFieldsTests {
    static let object: JSONValue = [
        "i": 3, "whole": 4.0, "r": 2.5, "s": "x", "b": true, "is": [1, 2], "ss": ["p", "q"],
        "mixed": [1, "a"], "null": nil,
    ]

    @Test func readsByType() throws {
        let fields = try JSONFields(Self.object, source: "config.json")
        #expect(try fields.integer("i") == 3 && fields.integer("whole") == 4)
        #expect(try fields.number("r") == 2.5 && fields.number("i") == 3)
        #expect(try fields.string("s") == "x" && fields.boolean("b"))
        #expect(try fields.integers("is") == [1, 2] && fields.strings("ss") == ["p", "q"])
        #expect(fields.value("null") == nil && fields.value("none") == nil)
        #expect(try fields.integer("none", default: 7) == 7 && fields.integer("null", default: 8) == 8)
    }

    @Test func namesFileAndFieldWhereItCannot() throws {
        let fields = try JSONFields(Self.object, source: "config.json")
        let failures = [
            #expect(throws: Failure.self) { try fields.integer("r") },
            #expect(throws: Failure.self) { try fields.integer("s", default: 1) },
            #expect(throws: Failure.self) { try fields.string("i") },
            #expect(throws: Failure.self) { try fields.boolean("i") },
            #expect(throws: Failure.self) { try fields.number("b") },
            #expect(throws: Failure.self) { try fields.integers("mixed") },
            #expect(throws: Failure.self) { try fields.strings("mixed") },
        ]
        #expect(
            failures.map { $0?.summary.contains("config.json: field '") }
                == [Bool?](repeating: true, count: 7))
        let missing = #expect(throws: Failure.self) { try fields.string("none") }
        #expect(missing?.summary == "config.json has no field 'none'")
        let array = #expect(throws: Failure.self) { try JSONFields([1], source: "config.json") }
        #expect(array?.summary == "config.json is not a JSON object")
    }

    @Test func refusesWhatNothingHasRead() throws {
        let fields = try JSONFields(["a": 1, "b": 2, "_note": 3, "empty": nil], source: "config.json")
        _ = try fields.integer("a")
        let failure = #expect(throws: Failure.self) { try fields.refuseUnread() }
        #expect(failure?.summary == "config.json: unknown option 'b' (2)")
        fields.ignore("b")
        #expect(throws: Never.self) { try fields.refuseUnread() }
    }
}
