import CSQLite3
import Diagnostics
import Files
import Glibc

extension Connection {
    /// Refuses a database whose journal names a super-journal.
    ///
    /// SQLite finishes what such a journal says was begun, and deletes the super-journal: whichever file that name is
    /// of, even where nothing may be written to the database (`query_only`). Only a transaction over several attached
    /// databases makes one, and there is none in Figment; but a file that came from elsewhere may have anything beside
    /// it. https://sqlite.org/fileformat.html and pager.c (`readSuperJournal`): such a journal ends in the number that
    /// every journal begins with.
    ///
    /// - Parameter path: the database; where it is a symbolic link, its journal lies beside what that leads to.
    public static func refuseSuperJournal(of path: String) throws(SQLiteError) {
        let resolved = realpath(path, nil)
        defer { free(resolved) }
        for database in Set([path] + (resolved.map { [String(cString: $0)] } ?? [])) {
            guard let journal = try? InputFile(database + "-journal"), journal.size >= magic.count,
                let end = try? journal.bytes(at: journal.size - magic.count, count: magic.count),
                end == magic
            else { continue }
            throw SQLiteError(
                code: SQLiteError.superJournal, message: "\(database)-journal", path: database)
        }
    }

    private static let magic: [UInt8] = [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7]
}
