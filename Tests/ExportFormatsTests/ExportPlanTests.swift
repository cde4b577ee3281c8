import Diagnostics
import Testing

@testable import ExportFormats

struct ExportPlanTests {
    func failure(_ change: (inout SampleDataset) -> Void) -> Failure? {
        var data = SampleDataset()
        change(&data)
        do throws(Failure) {
            _ = try data.plan()
            return nil
        } catch {
            return error
        }
    }

    @Test func emptyPlansAreRefused() {
        #expect(failure { $0.splits = [] }?.kind == .badInput)
        #expect(failure { $0.splits = [("train", 0)] }?.kind == .badInput)
        #expect(failure { $0.classes = [] }?.kind == .badInput)
        #expect(failure { $0.splits = (0..<65).map { ("s\($0)", 1) } }?.summary.contains("65 splits") == true)
    }

    @Test(arguments: [
        "", "Train", "a b", "../x", "1st", "a.b", "a-b", "ä", "all", String(repeating: "a", count: 41),
    ])
    func splitsMustBeNames(_ name: String) {
        let failure = failure { $0.splits = [(name, 1)] }
        #expect(failure?.summary.contains("'\(name)'") == true)
        #expect(failure?.hint != nil)
    }

    @Test(arguments: [
        "", "Guidance", "a b", "uid", "label", "text", "image", "images", "key", "png", "jpg", "cls", "json",
        "file_name", "mask_file_name", "mask_file_names",
    ])
    func columnsMustBeNamesThatReadersDoNotUse(_ name: String) {
        #expect(failure { $0.fields = [ExportField(name, .real)] }?.summary.contains("'\(name)'") == true)
    }

    @Test func namesMustDiffer() {
        #expect(failure { $0.splits = [("train", 1), ("train", 2)] }?.summary.contains("twice") == true)
        #expect(
            failure { $0.fields = [ExportField("a", .real), ExportField("a", .string)] }?.summary
                .contains("twice") == true)
        #expect(failure { _ in } == nil)
    }

    @Test func formatsAreFoundByName() throws {
        #expect(try ExportFormat.named("webdataset").name == "webdataset")
        #expect(try ExportFormat.named("imagefolder").name == "imagefolder")
        let failure = #expect(throws: Failure.self) { try ExportFormat.named("tfrecord") }
        #expect(failure?.hint == "Use one of: webdataset, imagefolder.")
    }

    @Test func textIsQuotedForYAML() {
        #expect(DatasetCard.quoted("a \"b\\\n🐦") == #""a \"b\\\U0000000a\U0001f426""#)
    }
}
