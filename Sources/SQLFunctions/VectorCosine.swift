/// The cosine of the angle between two vectors of little-endian 32-bit floats, each as many bytes; nil where either
/// is zero.
func cosine(of a: [UInt8], _ b: [UInt8]) -> Double? {
    var (dot, lengthA, lengthB) = (0.0, 0.0, 0.0)
    a.withUnsafeBytes { a in
        b.withUnsafeBytes { b in
            for offset in stride(from: 0, to: a.count, by: 4) {
                let bitsA = a.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                let bitsB = b.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                let x = Double(Float(bitPattern: UInt32(littleEndian: bitsA)))
                let y = Double(Float(bitPattern: UInt32(littleEndian: bitsB)))
                dot += x * y
                lengthA += x * x
                lengthB += y * y
            }
        }
    }
    let lengths = (lengthA * lengthB).squareRoot()
    return lengths > 0 ? dot / lengths : nil
}
