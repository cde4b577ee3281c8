import CVectors
import Diagnostics
import Foundation

/// The vector instructions that kernels use; they decide the last bits of a result.
public enum VectorInstructions: String, CaseIterable, Sendable {
    /// What every processor of the architecture has.
    case portable
    /// AVX2 and FMA.
    case avx2
    /// AVX-512 with the F and VL parts, and FMA.
    case avx512
    /// The same, and its BF16 part, which multiplies pairs of values; only products in bfloat16 use it.
    case avx512BFloat16 = "avx512-bf16"

    /// The variable that asks for others than the widest that the processor has.
    static let variable = "FIGMENT_INSTRUCTIONS"

    /// The instructions of this process.
    static let chosen = Result { () throws(Failure) in
        try choose(ProcessInfo.processInfo.environment[variable], CPUFeatures())
    }

    /// The instructions asked for, or the fastest there are; throws `usage` where they are unknown or missing.
    static func choose(_ wish: String?, _ processor: CPUFeatures) throws(Failure) -> VectorInstructions {
        guard let wish, !wish.isEmpty else { return processor.fastest }
        let available = allCases.filter(processor.has)
        guard let wanted = available.first(where: { $0.rawValue == wish }) else {
            throw Failure(
                .usage,
                "\(variable)=\(wish.prefix(40)) asks for instructions that this processor does not have",
                hint: "Unset it, or choose one of \(available.map(\.rawValue).joined(separator: ", ")).")
        }
        return wanted
    }

    var vectors: figment_vectors {
        switch self {
        case .portable: figment_vectors_plain
        case .avx2: figment_vectors_middle
        case .avx512, .avx512BFloat16: figment_vectors_wide
        }
    }

    /// Whether an instruction multiplies pairs of bfloat16; without it they are widened to float32 first.
    public var multipliesPairs: Bool { self == .avx512BFloat16 }
}

/// The vector instructions that kernels use; what builds layers has called `prepareEngine` before.
let widestVectors = ((try? VectorInstructions.chosen.get()) ?? .portable).vectors
