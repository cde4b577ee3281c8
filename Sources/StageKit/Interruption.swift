import Glibc
import Synchronization

/// The wish of the outside world that the program stop: SIGINT, SIGTERM or SIGUSR1 (Slurm's warning).
///
/// The batch in hand is finished and recorded; a second SIGINT ends the process at once, and loses that batch.
public enum Interruption {
    private static let count = Atomic<Int>(0)

    /// Whether a signal has come since `watch`.
    public static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

    /// Begins to note signals instead of dying of them; also those that the parent process had blocked.
    public static func watch() {
        var watched = sigset_t()
        sigemptyset(&watched)
        for number in [SIGINT, SIGTERM, SIGUSR1] {
            sigaddset(&watched, number)
            signal(number) { received in
                let (old, _) = Interruption.count.add(1, ordering: .relaxed)
                if old > 0 && received == SIGINT { _exit(130) }
            }
        }
        pthread_sigmask(SIG_UNBLOCK, &watched, nil)
    }
}
