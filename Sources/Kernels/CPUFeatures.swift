import Foundation

/// What the processor can do, as the kernel reports it.
struct CPUFeatures {
    /// The flags of the first processor in `/proc/cpuinfo`; empty where there is no such file.
    let flags: Set<Substring>

    init(cpuinfo: String) {
        let line = cpuinfo.split(separator: "\n").first { $0.hasPrefix("flags") }
        flags = Set(line?.split(separator: ":").last?.split(separator: " ") ?? [])
    }

    init() { self.init(cpuinfo: (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "") }

    /// The OpenBLAS core type to ask for, nil where its own choice is good.
    ///
    /// OpenBLAS 0.3.21 takes a processor that it does not know for a Haswell, at half the speed of its AVX-512
    /// kernels; those need what the first Skylake server had.
    var coreType: String? {
        flags.isSuperset(of: ["avx512f", "avx512cd", "avx512dq", "avx512bw", "avx512vl"]) ? "SkylakeX" : nil
    }
}
