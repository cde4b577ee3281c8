import Diagnostics
import Foundation
import JSONValues
import TestSupport
import Testing

@Suite struct JSONParserTests {
    @Test(
        arguments: [
            ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-12", -12), ("-0", 0),
            ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .real(9_223_372_036_854_775_808)),
            ("1.5", 1.5), ("-0.25e2", -25.0), ("1E+3", 1000.0), ("1e-3", 0.001),
            ("5e-324", .real(.leastNonzeroMagnitude)),
            (#""""#, ""), (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{08}\u{0C}\n\r\t"), (#""\u00e9\u4E2D""#, "é中"),
            (#""\ud83d\ude00""#, "😀"), (#""é中😀""#, "é中😀"), ("[]", []), ("[1, [2], {}]", [1, [2], [:]]),
            (#"{"b":1, "a":[null]}"#, ["b": 1, "a": [nil]]), ("\t\r\n [ ] ", []),
        ] as [(String, JSONValue)])
    func reads(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text, source: "test") == value)
    }

    /// As tokenizers have them: both are tokens of their own.
    @Test func keysThatLookAlikeAreTwo() throws {
        let text = "{\"\u{E9}\": 1, \"e\u{301}\": 2, \"\u{212B}\": 3, \"\u{C5}\": 4}"
        let object = try #require(JSONValue(parsing: text, source: "test").object)
        #expect(object.members.map(\.value) == [1, 2, 3, 4])
        #expect(object["e\u{301}"] == 2 && object["\u{E9}"] == 1 && object["A\u{30A}"] == nil)
    }

    @Test func keepsTheOrderOfKeys() throws {
        let object = try #require(JSONValue(parsing: #"{"b":1,"a":2,"c":3}"#, source: "test").object)
        #expect(object.keys == ["b", "a", "c"])
        #expect(object["a"] == 2 && object["d"] == nil)
    }

    @Test(arguments: [
        "", " ", "nul", "nulls", "True", "+1", "01", "-01", "-", ".5", "1.", "1.e5", "1e", "1e+", "--1", "1-",
        "0x1",
        "1e999", "Infinity", "NaN", "[1,]", "[1 2]", "[", "]", "[1", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
        "{a:1}",
        "{1:2}", #"{"a":1,"a":1}"#, "1 2", "{} x", #"""#, #""a"#, #""\"#, #""\x""#, #""\u12""#, #""\u+123""#,
        #""\u-123""#,
        #""\u123g""#, #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #""\ud800\u"#, "\"\n\"", "\"\u{0}\"",
        "'a'", "/**/1",
        "\u{FEFF}1",
    ])
    func refuses(text: String) {
        let failure = #expect(throws: Failure.self) { try JSONValue(parsing: text, source: "some.json") }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.hasPrefix("some.json is not valid JSON: ") == true)
    }

    @Test func refusesBadUTF8() {
        for bytes: [UInt8] in [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xC3],
        ] {
            #expect(throws: Failure.self) { try JSONValue(parsing: bytes, source: "test") }
        }
    }

    @Test func refusesBottomlessNesting() throws {
        let deep = { (depth: Int) in
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try JSONValue(parsing: deep(128), source: "test").array?.count == 1)
        for text in [deep(129), deep(1_000_000), String(repeating: #"{"a":"#, count: 100_000)] {
            let failure = #expect(throws: Failure.self) { try JSONValue(parsing: text, source: "test") }
            #expect(failure?.summary.contains("deeper than 128 levels") == true)
        }
    }

    @Test func saysWhere() {
        let failure = #expect(throws: Failure.self) {
            try JSONValue(parsing: "{\n\"a\": 1,\n\"b\": oops}", source: "x.json")
        }
        #expect(failure?.summary == "x.json is not valid JSON: an unexpected character, at byte 15, line 3")
    }

    @Test func neverTrapsOnAChangedByte() throws {
        let text = Array(#"{"a":[1,-2.5e3,"\u00e9\ud83d\ude00\n"],"b":{"c":null,"d":true}}"#.utf8)
        var refused = 0
        for index in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[index] = byte
                if (try? JSONValue(parsing: changed, source: "test")) == nil { refused += 1 }
            }
            #expect(throws: Failure.self) { try JSONValue(parsing: text[..<index], source: "test") }
        }
        #expect(refused > text.count * 100)
    }

    @Test func readsAFile() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.json", #"{"a":1}"#)
        #expect(try JSONValue(file: path) == ["a": 1])
        let long = #expect(throws: Failure.self) { try JSONValue(file: path, limit: 6) }
        #expect(long?.summary == "\(path) has 7 bytes; at most 6 are read")
        let missing = #expect(throws: Failure.self) { try JSONValue(file: folder.path("b.json")) }
        #expect(missing?.kind == .missingResource)
    }
}
