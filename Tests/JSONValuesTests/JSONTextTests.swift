import Foundation
import JSONValues
import Testing

@Suite struct JSONTextTests {
    static let value: JSONValue = [
        "z": [1, -2.5, true, nil, "é😀\"\\\n\r\t\u{01}\u{7F}/"], "a": [:], "ä": [],
        "B": ["y": 0.1, "x": 1e300],
    ]

    @Test func writesMembersInTheirOrder() {
        #expect(
            Self.value.text
                == #"{"z":[1,-2.5,true,null,"é😀\"\\\n\r\t\u0001\u007f/"],"a":{},"ä":[],"B":{"y":0.1,"x":1e+300}}"#
        )
    }

    @Test func writesOneCanonicalText() {
        #expect(
            Self.value.canonicalText
                == #"{"B":{"x":1e+300,"y":0.1},"a":{},"z":[1,-2.5,true,null,"é😀\"\\\n\r\t\u0001\u007f/"],"ä":[]}"#
        )
        let other: JSONValue = ["b": 1, "a": 2]
        #expect(other.canonicalText == (["a": 2, "b": 1] as JSONValue).canonicalText)
        #expect(other.text != (["a": 2, "b": 1] as JSONValue).text)
    }

    @Test func readsBackWhatItWrites() throws {
        for text in [Self.value.text, Self.value.canonicalText] {
            #expect(try JSONValue(parsing: text, source: "test") == Self.value)
        }
        #expect(try JSONSerialization.jsonObject(with: Data(Self.value.text.utf8)) is [String: Any])
    }

    @Test(arguments: [
        (2.0, "2.0"), (-0.0, "-0.0"), (1e21, "1e+21"), (.leastNonzeroMagnitude, "5e-324"),
        (0.1 + 0.2, "0.30000000000000004"),
        (.nan, "null"), (.infinity, "null"),
    ])
    func realsNeverLookLikeIntegers(real: Double, text: String) {
        #expect(JSONValue.real(real).text == text)
    }

    @Test func theLastValueOfAKeyCounts() {
        var object = JSONObject([("a", 1), ("b", 2), ("a", 3)])
        #expect(object.keys == ["a", "b"] && object["a"] == 3)
        object["b"] = nil
        #expect(object["b"] == 2)
        object["c"] = 4
        #expect(JSONValue.object(object).text == #"{"a":3,"b":2,"c":4}"#)
    }

    @Test func objectsAreEqualInWhateverOrder() {
        let left: JSONValue = ["a": 1, "b": 2]
        let right: JSONValue = ["b": 2, "a": 1]
        #expect(left == right && left.hashValue == right.hashValue)
        #expect(left != ["a": 1] && left != ["a": 1, "b": 3] && left != ["a": 1, "c": 2])
        #expect(JSONValue.integer(1) != .real(1))
    }
}
