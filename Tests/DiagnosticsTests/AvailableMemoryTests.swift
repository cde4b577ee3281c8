import Testing

@testable import Diagnostics

@Suite struct AvailableMemoryTests {
    private static let meminfo = "MemTotal:       8000 kB\nMemFree:        100 kB\nMemAvailable:   4000 kB\n"

    private func bytes(_ files: [String: String]) -> Int? { AvailableMemory.bytes { files[$0] } }

    @Test func withoutAGroupItIsWhatTheSystemHas() {
        #expect(bytes(["/proc/meminfo": Self.meminfo]) == 4000 << 10)
        #expect(bytes(["/proc/meminfo": Self.meminfo, "/proc/self/cgroup": "0::/\n"]) == 4000 << 10)
    }

    @Test func nobodyKnowsItWhereTheSystemDoesNotSay() {
        #expect(bytes([:]) == nil)
        #expect(
            bytes(["/proc/meminfo": "MemTotal: many kB\nMemAvailable\n", "/proc/self/cgroup": "?"]) == nil)
    }

    @Test func aGroupLeavesItsLimitLessWhatCannotBeHadBack() {
        let second = "/sys/fs/cgroup/work/job"
        #expect(
            bytes([
                "/proc/meminfo": Self.meminfo, "/proc/self/cgroup": "0::/work/job\n",
                "\(second)/memory.max": "3000000\n", "\(second)/memory.current": "2000000\n",
                "\(second)/memory.stat":
                    "anon 500000\nfile 1400000\ninactive_file 900000\nactive_file 400000\nslab_reclaimable 100000\n",
            ]) == 2_400_000)
        let first = "/sys/fs/cgroup/memory/job"
        #expect(
            bytes([
                "/proc/meminfo": Self.meminfo,
                "/proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/job\n0::/\n",
                "\(first)/memory.limit_in_bytes": "3000000\n", "\(first)/memory.usage_in_bytes": "2000000\n",
                "\(first)/memory.stat":
                    "inactive_file 1\ntotal_inactive_file 300000\ntotal_active_file 200000\n",
            ]) == 1_500_000)
    }

    @Test func theTightestGroupOfThoseAroundCounts() {
        let files = [
            "/proc/meminfo": Self.meminfo, "/proc/self/cgroup": "0::/outer/inner\n",
            "/sys/fs/cgroup/outer/inner/memory.max": "max\n",
            "/sys/fs/cgroup/outer/inner/memory.current": "5\n",
            "/sys/fs/cgroup/outer/memory.max": "1000\n", "/sys/fs/cgroup/outer/memory.current": "400\n",
            "/sys/fs/cgroup/memory.max": "2000\n", "/sys/fs/cgroup/memory.current": "900\n",
        ]
        #expect(bytes(files) == 600)
        let full = files.merging(["/sys/fs/cgroup/outer/memory.current": "1001\n"]) { $1 }
        #expect(bytes(full) == 0)
    }

    /// A container sees its own group as the outermost, under a path that is the host's.
    @Test func aContainersGroupIsFoundAtTheTop() {
        #expect(
            bytes([
                "/proc/meminfo": Self.meminfo, "/proc/self/cgroup": "4:memory:/docker/0123\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "1000\n",
                "/sys/fs/cgroup/memory/memory.usage_in_bytes": "300\n",
            ]) == 700)
    }

    @Test func thisSystemSaysWhatItHas() {
        #expect(AvailableMemory.bytes.map { $0 > 0 } == true)
    }
}
