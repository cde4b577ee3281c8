import Diagnostics
import Glibc
import Kernels

/// Memory for floats, freed with its last owner; aligned for any vector unit.
final class Storage {
    let base: UnsafeMutablePointer<Float>
    let capacity: Int
    /// The most floats at the beginning that were in use so far.
    private(set) var used: Int
    /// The floats at the beginning that may be written to.
    private var writable: Int
    private let isMapped: Bool
    private let meter: MemoryMeter?

    private static let floatSize = MemoryLayout<Float>.stride
    /// By how much the writable part of addresses grows, 64 MiB.
    private static let step = 1 << 24
    private static let page = sysconf(Int32(_SC_PAGESIZE))

    /// Takes memory for so many floats; in a dry run it takes addresses alone.
    init(capacity: Int) {
        let bytes = max(capacity, 1) * Self.floatSize
        meter = .current
        let mapped = meter?.isDry == true ? Self.addresses(bytes, PROT_READ | PROT_WRITE) : nil
        let memory = mapped ?? allocateAligned(byteCount: bytes)
        base = memory.bindMemory(to: Float.self, capacity: max(capacity, 1))
        isMapped = mapped != nil
        self.capacity = capacity
        (used, writable) = (capacity, capacity)
        meter?.count(capacity * Self.floatSize)
    }

    /// Takes addresses for as many floats as the machine could hold, and memory as `use` asks for it.
    init(growing: Void) {
        meter = .current
        // A dry run is there to find out what no machine holds.
        var bytes =
            meter?.isDry == true ? 1 << 43 : sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        // Where addresses are limited, other workspaces and everything else have to live on the rest.
        if let left = AvailableMemory.addresses { bytes = min(bytes, left / 4 / Self.page * Self.page) }
        var mapped = Self.addresses(bytes, PROT_NONE)
        while mapped == nil, bytes > Self.step * Self.floatSize {
            bytes /= 2
            mapped = Self.addresses(bytes, PROT_NONE)
        }
        guard let mapped else { AvailableMemory.giveUp("a workspace for tensors") }
        adviseHugePages(mapped, byteCount: bytes)
        base = mapped.bindMemory(to: Float.self, capacity: bytes / Self.floatSize)
        isMapped = true
        capacity = bytes / Self.floatSize
        (used, writable) = (0, 0)
    }

    deinit {
        meter?.count(-used * Self.floatSize)
        if isMapped {
            munmap(base, max(capacity, 1) * Self.floatSize)
        } else {
            base.deallocate()
        }
    }

    /// Makes the first `count` floats memory; it becomes resident where it is written to.
    func use(_ count: Int) {
        guard count > used else { return }
        if count > writable {
            writable = min((count + Self.step - 1) / Self.step * Self.step, capacity)
            guard count <= capacity, mprotect(base, writable * Self.floatSize, PROT_READ | PROT_WRITE) == 0
            else { AvailableMemory.giveUp("a workspace of \(count * Self.floatSize >> 20) MiB") }
        }
        meter?.count((count - used) * Self.floatSize)
        used = count
    }

    private static func addresses(_ bytes: Int, _ protection: Int32) -> UnsafeMutableRawPointer? {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let place = mmap(nil, bytes, protection, flags, -1, 0)
        return place == MAP_FAILED ? nil : place
    }
}
