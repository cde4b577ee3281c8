import Diagnostics
import Glibc
import JSONValues
import Synchronization
import Texts

/// Results: what another program may read.
public enum StandardOutput {
    private struct Stream {
        var bytes: [UInt8] = []
        /// The error that ended it; from then on everything written to it is dropped.
        var error: Int32?

        mutating func flush() {
            if error == nil { error = writeAll(bytes, to: STDOUT_FILENO) }
            bytes.removeAll(keepingCapacity: true)
        }
    }

    private static let stream = Mutex(Stream())

    /// Whether a person is looking.
    public static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether nobody reads any more: work for the output alone may stop, and `flush` tells why.
    public static var isLost: Bool { stream.withLock { $0.error != nil } }

    /// Appends text for a person; it is written when enough has come together, and at the latest at the end.
    ///
    /// That the reader has gone away is told at the end, by `flush`, once.
    public static func write(_ text: TerminalText) { write(Array(text.text.utf8)) }

    /// The same for a program: a value as JSON, on a line of its own.
    public static func write(json: JSONValue) { write(Array((json.visibleText + "\n").utf8)) }

    /// The same for bytes of a format that programs read.
    public static func write(_ bytes: [UInt8]) {
        stream.withLock { stream in
            stream.bytes.append(contentsOf: bytes)
            if stream.bytes.count >= 1 << 16 { stream.flush() }
        }
    }

    /// Writes what has come together.
    ///
    /// - Throws: an io failure where the reader is gone or the disk is full.
    public static func flush() throws(Failure) {
        let error = stream.withLock { stream in
            stream.flush()
            return stream.error
        }
        guard let error else { return }
        throw Failure(
            .io, "cannot write to standard output: \(String(cString: strerror(error)))",
            hint: "Read the answer to its end, or ask for less; check the free space of a file.")
    }
}

/// Progress and complaints: what a person reads.
public enum StandardError {
    /// Whether a person is looking.
    public static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes text at once; where nobody listens there is nobody to tell.
    public static func write(_ text: TerminalText) { _ = writeAll(Array(text.text.utf8), to: STDERR_FILENO) }
}

/// Writes all bytes; gives the error number where that fails.
private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var start = 0
    while start < bytes.count {
        let count = bytes[start...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno != EINTR { return errno }
        start += max(count, 0)
    }
    return nil
}
