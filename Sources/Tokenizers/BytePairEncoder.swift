import Diagnostics
import Texts

/// Merges the bytes of a word into tokens, the pair of the lowest rank first.
///
/// Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units" (2016), over bytes;
/// the last byte of a word has tokens of its own, which end in `</w>`.
struct BytePairEncoder: Sendable {
    private struct Pair: Hashable {
        let left: Int
        let right: Int
    }

    private struct Merge {
        let rank: Int
        let id: Int
    }

    private let innerBytes: [Int]
    private let lastBytes: [Int]
    private let merges: [Pair: Merge]

    /// Makes an encoder; a byte for which the vocabulary has no token becomes the unknown token.
    init(_ model: BytePairModel, unknownToken: AddedToken) throws(Failure) {
        func ids(_ suffix: String) throws(Failure) -> [Int] {
            var ids: [Int] = []
            for character in ByteAlphabet.characters {
                let token = ExactString(character + suffix)
                guard let id = model.vocabulary[token] ?? model.vocabulary[ExactString(unknownToken.content)]
                else {
                    throw Failure(
                        .badInput,
                        "\(model.source) has neither '\(character + suffix)' nor 'unk_token', '\(unknownToken.content)'",
                        hint: "Name an 'unk_token' that the vocabulary has.")
                }
                ids.append(id)
            }
            return ids
        }
        innerBytes = try ids("")
        lastBytes = try ids(BytePairModel.endOfWord)

        var merges: [Pair: Merge] = [:]
        merges.reserveCapacity(model.merges.count)
        for (rank, merge) in model.merges.enumerated() {
            let pair = Pair(
                left: try model.id(of: merge.left, inMerge: rank),
                right: try model.id(of: merge.right, inMerge: rank))
            merges[pair] = Merge(rank: rank, id: try model.id(of: merge.left + merge.right, inMerge: rank))
        }
        self.merges = merges
    }

    /// The ids of a word.
    func ids(of word: [UInt8]) -> [Int] {
        guard let last = word.last else { return [] }
        var ids = word.dropLast().map { innerBytes[Int($0)] } + [lastBytes[Int(last)]]
        // A token stands where its first byte stood; following and preceding link the places that hold one.
        let end = ids.count
        var following = Array(1...end)
        var preceding = Array(-1..<end - 1)
        var isMerged = [Bool](repeating: false, count: end)
        var queue = MergeQueue()

        func merge(at place: Int) -> Merge? {
            guard following[place] < end else { return nil }
            return merges[Pair(left: ids[place], right: ids[following[place]])]
        }
        func enqueue(_ place: Int) {
            if let merge = merge(at: place) { queue.push(MergeQueue.Entry(rank: merge.rank, place: place)) }
        }

        for place in 0..<end { enqueue(place) }
        while let entry = queue.pop() {
            let place = entry.place
            // Entries go stale when a neighbour was merged away meanwhile.
            guard !isMerged[place], let merge = merge(at: place), merge.rank == entry.rank else { continue }
            let absorbed = following[place]
            ids[place] = merge.id
            isMerged[absorbed] = true
            following[place] = following[absorbed]
            if following[place] < end { preceding[following[place]] = place }
            enqueue(place)
            if preceding[place] >= 0 { enqueue(preceding[place]) }
        }
        return (0..<end).filter { !isMerged[$0] }.map { ids[$0] }
    }
}
