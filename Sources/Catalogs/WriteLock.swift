import Diagnostics
import Files
import Glibc

/// The one lock under which every write transaction and every checkpoint of a catalog happens.
///
/// SQLite before 3.51.3 can lose committed pages when a checkpoint resets the write-ahead log while another
/// process writes to it; processes that take turns never meet that case.
///
/// The turns are fair: who waits first takes the place of the next, which is a second lock, and only the next
/// tries for the first. So a process that has just written cannot begin again before one that waits, and of those
/// that wait for the place all are as likely to get it.
final class WriteLock {
    private let path: String
    private let catalog: String
    private var file: LockFile?

    init(path: String, catalog: String) {
        self.path = path
        self.catalog = catalog
    }

    /// Runs `body` while no other process writes.
    ///
    /// - Parameter seconds: how long to wait for the lock.
    /// - Throws: catalogBusy naming the holder where the wait was too short; io where the lock is a link or cannot be
    ///   opened; what `body` throws.
    func hold<Result>(
        seconds: Double = 60, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let file = try open()
        let deadline = ContinuousClock.now + .seconds(seconds)
        try wait(for: file, until: deadline, microseconds: 1_000) { file.setFirstByte(isLocked: true) }
        defer { file.release() }
        do throws(Failure) {
            try wait(for: file, until: deadline, microseconds: 200) { file.take() }
        } catch {
            file.setFirstByte(isLocked: false)
            throw error
        }
        file.setFirstByte(isLocked: false)
        file.note(Array(Self.holder.utf8))
        return try body()
    }

    private func open() throws(Failure) -> LockFile {
        if let file { return file }
        let opened = try LockFile(path)
        file = opened
        return opened
    }

    private func wait(
        for file: LockFile, until deadline: ContinuousClock.Instant, microseconds: UInt32,
        _ attempt: () -> Bool
    ) throws(Failure) {
        while !attempt() {
            guard ContinuousClock.now < deadline else { throw busy(file) }
            usleep(microseconds)
        }
    }

    private func busy(_ file: LockFile) -> Failure {
        let text = String(decoding: file.holder(count: Self.width), as: UTF8.self)
        let holder = text.split(separator: " ").joined(separator: " ")
        return Failure(
            .catalogBusy, "the catalog \(catalog) is being written by \(holder)",
            hint: "Wait for it to end and run the same command again: it goes on where it stopped.")
    }

    /// This process in words, padded so that it always covers what another process wrote.
    private static let holder: String = {
        let program = CommandLine.arguments.first.map { Path.split($0).name } ?? "a program"
        let text = "\(program) (process \(getpid()))"
        return text.padded(to: width)
    }()

    private static let width = 160
}

extension String {
    /// The text cut or filled with blanks to a width in bytes.
    fileprivate func padded(to width: Int) -> String {
        String(
            decoding: (Array(utf8.prefix(width - 1)) + Array(repeating: 0x20, count: width)).prefix(width),
            as: UTF8.self)
    }
}
