import Glibc

/// The memory that this process can still take without anything being swapped out or killed.
public enum AvailableMemory {
    /// The bytes at this moment, nil where the system does not say.
    public static var bytes: Int? { [bytes(reading: contents), addresses].compactMap { $0 }.min() }

    /// The bytes of addresses that the process may still take, nil where there is no limit (`ulimit -v`, which batch
    /// systems set).
    public static var addresses: Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
            limit.rlim_cur < UInt64(Int.max),
            let pages = contents(of: "/proc/self/statm")?.split(separator: " ").first.flatMap({ Int($0) })
        else { return nil }
        return max(Int(limit.rlim_cur) - pages * sysconf(Int32(_SC_PAGESIZE)), 0)
    }

    /// Ends the program where memory that it cannot do without is not to be had, as a failure of the kind `outOfMemory`
    /// does: there is nowhere to go on, and nothing is lost, since a program may be killed at any time.
    ///
    /// - Parameter what: what is not to be had, as the subject of a sentence.
    public static func giveUp(_ what: String) -> Never {
        let left =
            addresses.map { ", of which the limit of addresses (ulimit -v) leaves \($0 >> 20) MiB" } ?? ""
        let failure = Failure(
            .outOfMemory, "\(what) needs more memory than there is\(left)",
            hint: "Allow more memory, take a smaller model or picture, or use fewer threads.")
        let names = CommandLine.arguments.first?.utf8.split(separator: UInt8(ascii: "/"))
        let program = names?.last.map { String(Substring($0)) } ?? "figment"
        let line = Array("\(program): \(failure)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(failure.kind.rawValue)
    }

    /// Has the program end as by `giveUp` where Swift's runtime would abort, because there is a limit of addresses and an
    /// array, say, finds no room.
    public static func giveUpOnAbort() {
        guard addresses != nil else { return }
        signal(SIGABRT) { _ in
            // Nothing here may take memory. What finds room for this much has aborted for another reason.
            let room = mmap(nil, 256 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            if room == MAP_FAILED {
                let line: StaticString =
                    "the limit of addresses (ulimit -v) is too low for the work: allow more\n"
                _ = write(STDERR_FILENO, line.utf8Start, line.utf8CodeUnitCount)
                _exit(Failure.Kind.outOfMemory.rawValue)
            }
            signal(SIGABRT, SIG_DFL)
            raise(SIGABRT)
        }
    }

    /// The smaller of what the system has (`MemAvailable`, proc(5)) and what the control groups that the process is in
    /// leave it, their version 1 or 2.
    ///
    /// - Parameter text: the text of a file under /proc or /sys, nil where there is none.
    static func bytes(reading text: (_ path: String) -> String?) -> Int? {
        let system = text("/proc/meminfo").flatMap { number(of: "MemAvailable:", in: $0) }.map { $0 << 10 }
        let groups = (text("/proc/self/cgroup") ?? "").split(separator: "\n").flatMap { line in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [Int]() }
            if fields[1].isEmpty {
                return foldersUpwards(from: fields[2], below: "/sys/fs/cgroup")
                    .compactMap { bytesLeft(in: $0, .second, text) }
            }
            guard fields[1].split(separator: ",").contains("memory") else { return [] }
            return foldersUpwards(from: fields[2], below: "/sys/fs/cgroup/memory")
                .compactMap { bytesLeft(in: $0, .first, text) }
        }
        return (groups + [system].compactMap { $0 }).min().map { max($0, 0) }
    }

    /// What the files of a control group are called.
    private struct Version {
        let limit, usage: String
        /// What can be taken from the files that are cached, as `memory.stat` calls it.
        let reclaimable: [String]

        static let first = Version(
            limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes",
            reclaimable: ["total_inactive_file", "total_active_file"])
        static let second = Version(
            limit: "memory.max", usage: "memory.current",
            reclaimable: ["inactive_file", "active_file", "slab_reclaimable"])
    }

    /// Its limit less what it holds that cannot be had back; nil where it has no limit.
    private static func bytesLeft(
        in folder: String, _ version: Version, _ text: (String) -> String?
    ) -> Int? {
        func value(_ file: String) -> Int? {
            text("\(folder)/\(file)").flatMap { Int($0.prefix { $0 != "\n" }) }
        }
        guard let limit = value(version.limit), let usage = value(version.usage) else { return nil }
        let statistics = text("\(folder)/memory.stat") ?? ""
        let reclaimable = version.reclaimable.compactMap { number(of: $0, in: statistics) }.reduce(0, +)
        return limit - max(usage - reclaimable, 0)
    }

    /// A group's folder and those around it, whose limits hold too; in a container the outermost is its own.
    private static func foldersUpwards(from path: Substring, below root: String) -> [String] {
        let names = path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
        return (0...names.count).map { ([root] + names.prefix($0)).joined(separator: "/") }
    }

    /// The number after a word at the beginning of a line.
    private static func number(of word: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count > 1, fields[0] == word { return Int(fields[1]) }
        }
        return nil
    }

    /// A file of the kernel's, whose size nobody knows before it is read.
    private static func contents(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
