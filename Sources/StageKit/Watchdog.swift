import Diagnostics
import Glibc

/// Ends the process where SQL of a person's own neither ends nor listens.
///
/// SQLite looks at the clock between its instructions, and a single one can take hours: a search for a megabyte in
/// another. Nothing is lost: a process may be killed at any time, and what it has not committed is not there.
public enum Watchdog {
    private static let grace = 3.0
    nonisolated(unsafe) private static var message: StaticMessage?

    /// What the signal handler writes: made before, since a handler may not allocate.
    private struct StaticMessage {
        let bytes: UnsafeMutableBufferPointer<UInt8>

        init(_ text: String) {
            bytes = .allocate(capacity: text.utf8.count)
            _ = bytes.initialize(from: text.utf8)
        }
    }

    /// Runs `body`, which stops by itself after so many seconds if it can; ends the process where it cannot.
    public static func guarding<Result>(
        seconds: Double, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let failure = Failure(
            .badInput, "the SQL ran longer than \(seconds) seconds and did not stop",
            hint: "One of its functions works on very large texts or blobs; ask for less.")
        message = StaticMessage("figment: \(failure)\n")
        signal(SIGALRM) { _ in
            if let bytes = Watchdog.message?.bytes {
                _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
            }
            _exit(Failure.Kind.badInput.rawValue)
        }
        // Whoever started the process may have left the signal blocked.
        var alarm = sigset_t()
        sigemptyset(&alarm)
        sigaddset(&alarm, SIGALRM)
        sigprocmask(SIG_UNBLOCK, &alarm, nil)
        setTimer(seconds + grace)
        defer { setTimer(0) }
        return try body()
    }

    private static func setTimer(_ seconds: Double) {
        let whole = seconds.rounded(.down)
        var timer = itimerval(
            it_interval: timeval(),
            it_value: timeval(tv_sec: Int(whole), tv_usec: Int((seconds - whole) * 1e6)))
        setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
    }
}
