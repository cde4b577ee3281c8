import Diagnostics
import Digests
import Files
import Glibc
import SQLite

/// Packs as files: linked to, copied, and put under their name when they are whole.
enum PackFile {
    /// Makes a link to a pack.
    static func link(to path: String, at target: String) throws(Failure) {
        guard let resolved = try Path.resolved(path) else {
            throw failure("the pack \(path) cannot be found")
        }
        try make(target) { passing throws(Failure) in
            guard symlink(resolved, passing) == 0 else { throw failure("the link \(passing) cannot be made") }
        }
    }

    /// Copies a pack.
    ///
    /// - Parameter seal: the digest of a sealed pack, which never changes, so that it is copied byte by byte; of one
    ///   that is being written, SQLite writes out what is committed.
    /// - Throws: catalog where the copy is not what was sealed.
    static func copy(_ path: String, seal: String?, to target: String) throws(Failure) {
        try make(target) { passing throws(Failure) in
            if let seal {
                try copyBytes(path, passing)
                try requireSeal(seal, on: passing, named: path)
            } else {
                try failing { () throws(SQLiteError) in try Connection(path, .readOnly).copy(to: passing) }
            }
        }
    }

    /// Refuses a file that is not the pack that was sealed.
    static func requireSeal(_ seal: String, on file: String, named path: String) throws(Failure) {
        guard try Digest(ofFile: file).hex != seal else { return }
        throw Failure(
            .catalog, "the pack \(path) has changed since it was sealed",
            hint: "Restore it from a copy; 'figment check' says what is altered in it.")
    }

    /// Makes a file under a passing name and then gives it its own; where either fails, nothing is left of it.
    private static func make(_ target: String, _ body: (String) throws(Failure) -> Void) throws(Failure) {
        let passing = "\(target).\(getpid()).partial"
        unlink(passing)
        do throws(Failure) {
            try body(passing)
            try publish(passing, at: target)
        } catch {
            unlink(passing)
            unlink(passing + "-journal")
            throw error
        }
    }

    /// Puts a file under its name, on the disk when this returns.
    static func publish(_ passing: String, at target: String) throws(Failure) {
        if FileKind(of: passing, followingLinks: false) != .link { try sync(passing) }
        guard rename(passing, target) == 0 else { throw failure("\(passing) cannot be renamed to \(target)") }
        try Folder(Path.split(target).folder).synchronize()
    }

    /// Brings a file onto the disk.
    static func sync(_ path: String) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("\(path) cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("\(path) cannot be written to the disk") }
    }

    private static func copyBytes(_ path: String, _ target: String) throws(Failure) {
        let input = try InputFile(path)
        let output = try NewFile(target)
        for offset in stride(from: 0, to: input.size, by: 1 << 20) {
            try output.write(try input.bytes(at: offset, count: min(1 << 20, input.size - offset)))
        }
        try output.finish(durably: false)
    }

    private static func failure(_ what: String) -> Failure {
        Failure(
            .io, "\(what): \(String(cString: strerror(errno)))",
            hint: "Check the permissions and the free space; then run the same command again.")
    }
}
