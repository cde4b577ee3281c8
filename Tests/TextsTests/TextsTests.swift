import Testing
import Texts

/// A mark that combines with a quote, a bracket or a slash makes one character of the two, and hides nothing.
private let mark = "\u{301}"

@Suite struct HTMLTextTests {
    @Test func escapesWhatHTMLWouldObey() {
        #expect(
            HTMLText.escaped("<a href='x'>\"&\"</a>")
                == "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;")
        #expect(HTMLText.escaped("\"\(mark) onerror=x") == "&quot;\(mark) onerror=x")
        #expect(HTMLText.escaped("<\(mark)script>") == "&lt;\(mark)script&gt;")
        #expect(HTMLText.escaped("Käse 犬 👩\u{200D}🍳") == "Käse 犬 👩\u{200D}🍳")
    }
}

@Suite struct SQLTextTests {
    @Test func doublesEveryQuote() {
        #expect(SQLText.literal("cat") == "'cat'")
        #expect(SQLText.literal("") == "''")
        #expect(SQLText.literal("it's '") == "'it''s '''")
        let written = SQLText.literal("x'\(mark) OR 1").unicodeScalars
        #expect(written.elementsEqual("'x''\(mark) OR 1'".unicodeScalars))
    }
}

@Suite struct ShellTextTests {
    @Test(
        arguments: [
            ("plain-1.0_a/b=c", "plain-1.0_a/b=c"), ("Käse", "Käse"), ("", "''"), ("a b", "'a b'"),
            ("it's", "'it'\\''s'"), ("$(x)", "'$(x)'"), ("a\nb", "'a\nb'"),
        ])
    func isOneWordOfAShell(word: String, written: String) {
        #expect(ShellText.word(word) == written)
    }

    @Test func aQuoteWithAMarkIsAQuote() {
        let written = ShellText.word("a'\(mark)b").unicodeScalars
        #expect(written.elementsEqual("'a'\\''\(mark)b'".unicodeScalars))
    }
}

@Suite struct TerminalTextTests {
    @Test(
        arguments: [
            ("plain Käse 犬", "plain Käse 犬"), ("a\u{1B}[2Jb", "a\\u{1b}[2Jb"),
            ("a\r\nb", "a\\r\\nb"), ("a\tb\u{7F}", "a\\tb\\u{7f}"), ("a\u{9B}2J", "a\\u{9b}2J"),
            ("gnp\u{202E}.exe", "gnp\\u{202e}.exe"), ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("a\u{2028}b", "a\\u{2028}b"), ("a\u{FEFF}b\u{E0041}", "a\\u{feff}b\\u{e0041}"),
            ("می\u{200C}خواهم", "می\u{200C}خواهم"), ("👩\u{200D}🍳", "👩\u{200D}🍳"),
        ])
    func spellsOutWhatATerminalObeys(text: String, shown: String) {
        #expect(TerminalText.shown(text) == shown)
    }

    @Test func whatTheProgramSaysStandsAndWhatIsPutInIsShown() {
        let name = "evil\u{1B}[2J\nname"
        let inner: TerminalText = "is \(3) of \(0.5)\n"
        let text: TerminalText = "\(name) \(inner)"
        #expect(text.text == "evil\\u{1b}[2J\\nname is 3 of 0.5\n")
        #expect([text, "end"].joined(separator: "\n").text.hasSuffix("0.5\n\nend"))
    }

    @Test func cutsVeryLongValuesInTheMiddle() {
        let long = String(repeating: "a", count: 5_000) + "end"
        let text: TerminalText = "\(long)"
        #expect(text.text.count < 1_050)
        #expect(text.text.hasPrefix("aaa") && text.text.hasSuffix("end"))
        #expect(text.text.contains("… (4004 more characters) …"))
        #expect(TerminalText(showing: long).text == long)
        let whole: TerminalText = "\(String(repeating: "é", count: 1_000))"
        #expect(whole.text.count == 1_000)
    }

    @Test func showsLinesBehindAMargin() {
        let text = TerminalText(linesOf: "SELECT 1\n\nFROM\u{9B}x", margin: "  ")
        #expect(text.text == "  SELECT 1\n  \n  FROM\\u{9b}x\n")
    }
}
