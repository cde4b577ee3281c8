import Diagnostics
import Glibc

/// Memory that is aligned for any vector unit, and for huge pages where it is large enough to have some.
///
/// To be freed by `deallocate`.
public func allocateAligned(byteCount: Int) -> UnsafeMutableRawPointer {
    let isLarge = byteCount >= 2 * hugePage
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, isLarge ? hugePage : 64, byteCount) == 0, let memory else {
        AvailableMemory.giveUp("a tensor of \(byteCount >> 20) MiB")
    }
    if isLarge { adviseHugePages(memory, byteCount: byteCount) }
    return memory
}

/// Asks for pages of 2 MiB, which most systems lend to those who ask (`transparent_hugepage` is `madvise`).
///
/// A product takes rows that lie kilobytes apart, each on a small page of its own: more pages than a processor knows the
/// places of at once. A system that declines leaves the memory as it is.
public func adviseHugePages(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
    madvise(memory, byteCount, MADV_HUGEPAGE)
}

private let hugePage = 1 << 21
