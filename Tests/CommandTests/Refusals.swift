import Foundation
import TestSupport
import Testing

/// A command that must fail: with these words, this status and these phrases in its complaint.
struct Refusal: Sendable, CustomTestStringConvertible {
    let words: [String]
    let status: Int32
    let phrases: [String]
    /// Files that are written first, by their path in the workshop.
    let files: [String: [UInt8]]

    init(
        _ words: [String], _ status: Int32, _ phrases: String..., files: [String: [UInt8]] = [:]
    ) {
        self.words = words
        self.status = status
        self.phrases = phrases
        self.files = files
    }

    /// The same with the words of a line.
    init(_ line: String, _ status: Int32, _ phrases: [String]) {
        words = line.split(separator: " ").map(String.init)
        self.status = status
        self.phrases = phrases
        files = [:]
    }

    /// The same with the words of a line, and one text file.
    init(_ line: String, _ status: Int32, _ phrases: String..., file: (name: String, text: String)? = nil) {
        words = line.split(separator: " ").map(String.init)
        self.status = status
        self.phrases = phrases
        files = file.map { [$0.name: Array($0.text.utf8)] } ?? [:]
    }

    var testDescription: String { words.joined(separator: " ") }
}

extension Workshop {
    /// Holds that a command fails as programs must: one error on stderr that names what is wrong and what to do,
    /// its status, nothing on stdout, and a catalog as it was.
    func expect(_ refusal: Refusal, at location: SourceLocation = #_sourceLocation) throws {
        for (name, bytes) in refusal.files { try folder.write(name, bytes) }
        let counts = try counts()
        let command = try figment(refusal.words)
        #expect(command.status == refusal.status, "\(command.errors)", sourceLocation: location)
        #expect(command.output == "", sourceLocation: location)
        let lines = command.errors.split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("figment") } == 1, "\(command.errors)", sourceLocation: location)
        #expect(lines.last?.hasPrefix("  hint: ") == true, "\(command.errors)", sourceLocation: location)
        for phrase in refusal.phrases {
            #expect(command.errors.contains(phrase), "\(command.errors)", sourceLocation: location)
        }
        #expect(try self.counts() == counts, sourceLocation: location)
    }
}
