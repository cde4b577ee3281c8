/// Sources of noise by their names in the catalog.
public enum NoiseKind: String, CaseIterable, Sendable {
    /// Our Philox streams.
    case philox
    /// PyTorch's CPU generator, bit for bit.
    case torch

    /// A source of this kind; the same seed gives the same noise.
    public func source(seed: Int) -> any NoiseSource {
        let seed = UInt64(bitPattern: Int64(seed))
        return switch self {
        case .philox: PhiloxNoise(seed: seed)
        case .torch: TorchNoise(seed: seed)
        }
    }
}
