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

    func has(_ instructions: VectorInstructions) -> Bool {
        switch instructions {
        case .portable: true
        case .avx2: flags.isSuperset(of: ["avx2", "fma"])
        case .avx512: flags.isSuperset(of: ["avx2", "fma", "avx512f", "avx512vl"])
        case .avx512BFloat16: has(.avx512) && flags.isSuperset(of: ["avx512bw", "avx512_bf16"])
        }
    }

    /// The widest instructions that pay.
    ///
    /// A Xeon with matrix tiles (AMX) multiplies pairs of bfloat16 in vectors more slowly than it fuses float32: with
    /// two threads 167 GFLOP/s, and 240 with the weights widened. Processors with tiles are taken to be like it.
    var fastest: VectorInstructions {
        VectorInstructions.allCases.last { has($0) && !($0.multipliesPairs && flags.contains("amx_tile")) }
            ?? .portable
    }
}
