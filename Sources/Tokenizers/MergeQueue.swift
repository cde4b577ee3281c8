/// The merges that a word still allows, the one of the lowest rank first, and of equals the leftmost.
///
/// A binary heap, so that a word of n bytes takes n log n steps and no hostile text takes n².
struct MergeQueue {
    /// A merge of the token at a place with the token after it.
    struct Entry {
        let rank: Int
        let place: Int

        static func < (a: Entry, b: Entry) -> Bool { (a.rank, a.place) < (b.rank, b.place) }
    }

    private var entries: [Entry] = []

    /// Adds a merge.
    mutating func push(_ entry: Entry) {
        var child = entries.count
        entries.append(entry)
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child] < entries[parent] else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the first merge, nil where there is none.
    mutating func pop() -> Entry? {
        guard let last = entries.popLast() else { return nil }
        guard let first = entries.first else { return last }
        entries[0] = last
        var parent = 0
        while let child = leastChild(of: parent), entries[child] < entries[parent] {
            entries.swapAt(child, parent)
            parent = child
        }
        return first
    }

    private func leastChild(of parent: Int) -> Int? {
        let left = 2 * parent + 1
        guard left < entries.count else { return nil }
        let right = left + 1
        return right < entries.count && entries[right] < entries[left] ? right : left
    }
}
