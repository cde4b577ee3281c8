/// The printable character that stands for each byte in the vocabulary of a byte-level tokenizer.
///
/// GPT-2's alphabet: the bytes that are printable in Latin-1 stand for themselves, the others, in order, for the
/// characters from U+0100 on.
enum ByteAlphabet {
    /// The characters of the bytes 0 to 255.
    static let characters: [String] = {
        let printable: [ClosedRange<UInt8>] = [33...126, 161...172, 174...255]
        var next: UInt32 = 0x100
        return (UInt8.min...UInt8.max).map { byte in
            if printable.contains(where: { $0.contains(byte) }) { return String(Unicode.Scalar(byte)) }
            defer { next += 1 }
            return Unicode.Scalar(next).map { String($0) } ?? ""
        }
    }()
}
