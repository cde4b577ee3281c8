/// A reproducible source of standard-normal noise: the same seed gives the same bytes on every machine.
public protocol NoiseSource {
    /// Fills the buffer with the next independent numbers of mean 0 and variance 1.
    mutating func fillNormal(_ buffer: UnsafeMutableBufferPointer<Float>)
}

extension NoiseSource {
    /// The next `count` independent numbers of mean 0 and variance 1.
    public mutating func normals(_ count: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            let filled = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            filled.initialize(repeating: 0)
            fillNormal(filled)
            initialized = count
        }
    }
}
