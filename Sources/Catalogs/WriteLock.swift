import Diagnostics
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
    private var descriptor: Int32 = -1

    init(path: String, catalog: String) {
        self.path = path
        self.catalog = catalog
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Runs `body` while no other process writes.
    ///
    /// - Parameter seconds: how long to wait for the lock.
    /// - Throws: catalogBusy naming the holder where the wait was too short; what `body` throws.
    func hold<Result>(
        seconds: Double = 60, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if descriptor < 0 { descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else {
            throw Failure(
                .io, "the lock \(path) cannot be opened: \(String(cString: strerror(errno)))",
                hint: "Check the permissions of the file and of its folder.")
        }
        let deadline = ContinuousClock.now + .seconds(seconds)
        try wait(until: deadline, microseconds: 1_000) { setNext(F_WRLCK) }
        do throws(Failure) {
            try wait(until: deadline, microseconds: 200) { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }
        } catch {
            setNext(F_UNLCK)
            throw error
        }
        setNext(F_UNLCK)
        defer { flock(descriptor, LOCK_UN) }
        let holder = Array(Self.holder.utf8)
        _ = pwrite(descriptor, holder, holder.count, 0)
        return try body()
    }

    private func wait(
        until deadline: ContinuousClock.Instant, microseconds: UInt32, _ attempt: () -> Bool
    ) throws(Failure) {
        while !attempt() {
            guard ContinuousClock.now < deadline else { throw busy() }
            usleep(microseconds)
        }
    }

    /// Takes or leaves the place of the next: a lock on the file's first byte, which is another than that on the
    /// file, and belongs to this descriptor alone.
    @discardableResult
    private func setNext(_ type: Int32) -> Bool {
        var range = Glibc.flock()
        range.l_type = Int16(type)
        range.l_whence = Int16(SEEK_SET)
        range.l_len = 1
        // F_OFD_SETLK of fcntl(2), which Glibc's module leaves out.
        return fcntl(descriptor, 37, &range) == 0
    }

    private func busy() -> Failure {
        var text = [UInt8](repeating: 0, count: Self.width)
        let count = max(0, pread(descriptor, &text, text.count, 0))
        let holder = String(decoding: text[..<count], as: UTF8.self).split(separator: " ").joined(
            separator: " ")
        return Failure(
            .catalogBusy, "the catalog \(catalog) is being written by \(holder)",
            hint: "Wait for it to end and run the same command again: it goes on where it stopped.")
    }

    /// This process in words, padded so that it always covers what another process wrote.
    private static let holder: String = {
        let program = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "a program"
        let text = "\(program) (process \(getpid()) on \(Machine.host))"
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
