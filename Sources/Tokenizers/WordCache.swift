import Synchronization

/// The ids of words met before; captions are made of few words, so that nearly every one is found here.
final class WordCache: Sendable {
    private static let capacity = 65_536
    private static let longestWord = 64
    private let words = Mutex<[[UInt8]: [Int]]>([:])

    /// The ids of a word: those remembered, or else those that `encode` gives, which it remembers.
    ///
    /// The cache never grows past its capacity: when it is full, it begins again.
    func ids(of word: [UInt8], encode: () -> [Int]) -> [Int] {
        guard word.count <= Self.longestWord else { return encode() }
        if let known = words.withLock({ $0[word] }) { return known }
        let ids = encode()
        words.withLock { words in
            if words.count >= Self.capacity { words.removeAll(keepingCapacity: true) }
            words[word] = ids
        }
        return ids
    }
}
