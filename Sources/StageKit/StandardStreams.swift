import Diagnostics
import Glibc
import Synchronization

/// Results: what another program may read.
public enum StandardOutput {
    private static let buffer = Mutex<[UInt8]>([])

    /// Whether a person is looking.
    public static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Appends text; it is written when enough has come together, and at the latest at the end.
    public static func write(_ text: String) {
        let full = buffer.withLock { bytes in
            bytes.append(contentsOf: text.utf8)
            return bytes.count >= 1 << 16
        }
        // A reader that has gone away is told of at the end, by `flush`, once.
        if full { try? flush() }
    }

    /// Writes what has come together.
    ///
    /// - Throws: an io failure where the reader is gone or the disk is full.
    public static func flush() throws(Failure) {
        let written = buffer.withLock { bytes in
            let done = writeAll(bytes, to: STDOUT_FILENO)
            if done { bytes.removeAll(keepingCapacity: true) }
            return done
        }
        guard written else { throw Failure(.io, "cannot write to standard output: \(errorText(errno))") }
    }
}

/// Progress and complaints: what a person reads.
public enum StandardError {
    /// Whether a person is looking.
    public static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes text at once; where nobody listens there is nobody to tell.
    public static func write(_ text: String) { _ = writeAll(Array(text.utf8), to: STDERR_FILENO) }
}

private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var start = 0
    while start < bytes.count {
        let count = bytes[start...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno != EINTR { return false }
        start += max(count, 0)
    }
    return true
}

/// The system's words for an error number.
func errorText(_ number: Int32) -> String { String(cString: strerror(number)) }
