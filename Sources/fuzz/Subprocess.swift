import Diagnostics
import Glibc

/// A program that was started: what it writes is read as it comes, and it is stopped when it says nothing for too long.
struct Subprocess {
    /// How a program ended.
    struct Ending {
        /// The exit status; a signal's number as a negative.
        let status: Int32
        /// The most memory that it, or a program that it had started, had at a time, in bytes.
        let peak: Int
        /// Whether it was stopped, having said nothing for too long.
        let wasSilent: Bool
        let seconds: Double
        /// The last of what it wrote.
        let output: String

        /// The first line of the output, for a report.
        var line: String { output.split(separator: "\n").first.map(String.init) ?? "" }
    }

    let program: String
    let words: [String]
    var silence = 20.0
    /// When it is killed, in seconds from its start; nil for never.
    var killAfter: Double?

    /// Runs it to its end; `heard` is given what it writes on standard output, and when.
    func run(heard: ([UInt8], _ seconds: Double) -> Void = { _, _ in }) throws(Failure) -> Ending {
        let (outputs, errors) = (try Pipe(), try Pipe())
        let start = ContinuousClock.now
        func seconds() -> Double { (ContinuousClock.now - start) / .seconds(1) }
        let process = try spawn(outputs.write, errors.write)
        outputs.closeWriting()
        errors.closeWriting()
        var open = [outputs, errors]
        var (output, heardAt, wasSilent): ([UInt8], Double, Bool) = ([], 0, false)
        while !open.isEmpty {
            var events = open.map { pollfd(fd: $0.read, events: Int16(POLLIN), revents: 0) }
            _ = poll(&events, nfds_t(events.count), killAfter == nil ? 100 : 1)
            for (pipe, event) in zip(open, events) where event.revents != 0 {
                let bytes = pipe.bytes()
                if bytes.isEmpty { open.removeAll { $0 === pipe } }
                heardAt = seconds()
                if pipe === outputs { heard(bytes, heardAt) }
                output = (output + bytes).suffix(8_192)
            }
            if let killAfter, seconds() > killAfter { kill(-process, SIGKILL) }
            if seconds() - heardAt > silence {
                wasSilent = true
                kill(-process, SIGKILL)
            }
        }
        var (status, usage): (Int32, rusage) = (0, rusage())
        while wait4(process, &status, 0, &usage) < 0, errno == EINTR {}
        kill(-process, SIGKILL)
        let signal = status & 0x7F
        return Ending(
            status: signal == 0 ? (status >> 8) & 0xFF : -signal, peak: Int(usage.ru_maxrss) << 10,
            wasSilent: wasSilent, seconds: seconds(), output: String(decoding: output, as: UTF8.self))
    }

    private func spawn(_ output: Int32, _ errors: Int32) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own, so that what it has started ends with it.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var arguments = ([program] + words).map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, &attributes, &arguments, environ)
        guard code == 0 else {
            throw Failure(
                .io, "cannot start \(program): \(String(cString: strerror(code)))", hint: "Build it first.")
        }
        return process
    }
}

/// A pipe whose ends no other program inherits.
private final class Pipe {
    let read: Int32
    private(set) var write: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    init() throws(Failure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Failure(.io, "no pipe can be made") }
        (read, write) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        close(read)
        closeWriting()
    }

    func closeWriting() {
        if write >= 0 { close(write) }
        write = -1
    }

    /// What has come; nothing where nothing will.
    func bytes() -> [UInt8] {
        let count = Glibc.read(read, &buffer, buffer.count)
        return Array(buffer[..<max(0, count)])
    }
}
