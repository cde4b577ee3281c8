import Diagnostics
import Digests
import Files
import Glibc

/// What is recorded in place of a name of this machine, or of a folder on it: the same for the same name, and nothing
/// that the name could be guessed from without the salt, which stays here.
public enum Pseudonym {
    /// 16 hexadecimal digits that stand for a name.
    public static func of(_ name: String) -> String {
        var hash = SHA256()
        hash.update(salt)
        hash.update(name.utf8)
        return String(hash.finalize().hex.prefix(16))
    }

    /// Random bytes that the user keeps, the same on all machines with this home folder; where there is no such place,
    /// the machine's id (machine-id(5)), else its name.
    private static let salt: [UInt8] = {
        if let kept = try? kept() { return kept }
        let id = try? InputFile("/etc/machine-id").bytes(limit: 1_000)
        return id.flatMap { $0.isEmpty ? nil : $0 } ?? Array(Machine.host.utf8)
    }()

    private static let byteCount = 32

    /// The salt in `$XDG_STATE_HOME/figment`, or in `~/.local/state/figment`; made where there is none.
    private static func kept() throws(Failure) -> [UInt8]? {
        func variable(_ name: String) -> String? {
            getenv(name).flatMap { String(validatingCString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let state = variable("XDG_STATE_HOME") ?? variable("HOME").map({ "\($0)/.local/state" }),
            let name = FileName("salt")
        else { return nil }
        let folder = try Folder.make("\(state)/figment")
        if folder.kind(of: name) == nil {
            let file = try NewFile(name, in: folder, isSecret: true)
            try file.write((0..<byteCount).map { _ in UInt8.random(in: .min ... .max) })
            try file.finish()
        }
        let bytes = try InputFile(name, in: folder).bytes(limit: 1_000)
        return bytes.count == byteCount ? bytes : nil
    }
}
