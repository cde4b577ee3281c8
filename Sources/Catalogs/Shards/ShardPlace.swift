import Diagnostics
import Foundation
import JSONValues
import SQLite

/// Where a shard is made, and where it lies when it is whole.
struct ShardPlace {
    private let folder: String
    private let stem: String

    init(folder: String, stem: String) {
        self.folder = folder
        self.stem = stem
    }

    /// The shard's catalog, once it is whole.
    var file: String { "\(folder)/\(stem).sqlite" }
    /// The same while it is being made.
    var unfinished: String { "\(workshop)/\(stem).sqlite" }

    private var workshop: String { "\(folder)/.\(stem).partial" }
    /// The folder of its packs, once it is whole.
    var packs: String { "\(folder)/\(stem).packs" }

    /// Makes an empty folder to work in; what a split that was broken off has left there goes.
    func prepare() throws(Failure) {
        // A split that was killed while it published has left both; the packs are whole, but its own to make again.
        let wasBrokenOff = FileStatus(unfinished) != nil
        guard FileStatus(packs) == nil || wasBrokenOff else {
            throw Failure(
                .badInput, "\(packs) is in the way: its catalog \(file) is not there",
                hint: "Move it away, or name another folder with --into.")
        }
        try handling("the folder \(workshop) cannot be made") {
            if FileManager.default.fileExists(atPath: packs) {
                try FileManager.default.removeItem(atPath: packs)
            }
            if FileManager.default.fileExists(atPath: workshop) {
                try FileManager.default.removeItem(atPath: workshop)
            }
            try FileManager.default.createDirectory(atPath: workshop, withIntermediateDirectories: false)
        }
    }

    /// Gives the shard its name: the packs first, so that the catalog never stands without them.
    func publish() throws(Failure) {
        // A plain file needs nothing beside it, and can be read from any medium.
        try failing { () throws(SQLiteError) in
            try Connection(unfinished, .readWrite).run("PRAGMA journal_mode = DELETE")
        }
        try PackFile.sync(unfinished)
        let made = "\(workshop)/\(stem).packs"
        if FileStatus(made) != nil {
            try handling("\(packs) cannot be made") {
                try FileManager.default.moveItem(atPath: made, toPath: packs)
            }
        }
        try PackFile.publish(unfinished, at: file)
        try handling("\(workshop) cannot be removed") { try FileManager.default.removeItem(atPath: workshop) }
    }

    /// Leaves nothing behind of what was being made.
    func abandon() { try? FileManager.default.removeItem(atPath: workshop) }

    /// Whether the shard is there, made by a run with the same options.
    ///
    /// - Throws: badInput where another file has its name.
    func isDone(by program: String, _ options: JSONValue) throws(Failure) -> Bool {
        guard FileStatus(file) != nil else { return false }
        let same = try Catalog.open(at: file, mode: .readOnly).integer(
            "SELECT count(*) FROM run WHERE program = ? AND options = ?",
            [.text(program), .text(options.canonicalText)])
        guard same > 0 else {
            throw Failure(
                .badInput, "\(file) is there already, and was not made by this request",
                hint: "Move it away, or name another folder with --into.")
        }
        return true
    }

    private func handling(_ what: String, _ body: () throws -> Void) throws(Failure) {
        do {
            try body()
        } catch {
            throw Failure(
                .io, "\(what): \((error as NSError).localizedDescription)",
                hint: "Check the permissions and the free space.")
        }
    }
}
