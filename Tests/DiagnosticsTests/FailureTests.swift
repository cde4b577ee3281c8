import Diagnostics
import Testing

@Suite struct FailureTests {
    @Test func saysWhatWhileDoingWhatAndWhatToDo() {
        let failure = #expect(throws: Failure.self) {
            try during("opening the model") { () throws(Failure) in
                try during("reading \("a.json")") { () throws(Failure) in
                    throw Failure(.badInput, "a.json is empty", hint: "Save it again.")
                }
            }
        }
        #expect(
            failure?.description == """
                a.json is empty
                  while reading a.json
                  while opening the model
                  hint: Save it again.
                """)
        #expect(failure?.kind.rawValue == 65)
    }

    @Test func leavesAResultAsItIs() throws {
        #expect(try during("counting") { () throws(Failure) in 7 } == 7)
    }
}
