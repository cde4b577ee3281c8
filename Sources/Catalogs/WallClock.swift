import Glibc

/// The time of day, by a clock that somebody may set while programs run.
public enum WallClock {
    /// Reads the clock: milliseconds since 1970.
    @TaskLocal static var read: @Sendable () -> Int = {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec * 1_000 + now.tv_nsec / 1_000_000
    }

    /// The time now, in milliseconds since 1970.
    public static var milliseconds: Int { read() }
}
