import Diagnostics
import Tensors

/// Sees what a part of a network makes, under the part's name in the checkpoint.
///
/// The tensor is good during the call alone.
public typealias Observer = (_ name: String, _ output: Tensor) -> Void

/// What a model's vocabulary and positions allow of sequences of tokens.
struct TokenCheck {
    private let vocabularySize, positions: Int
    /// The file of the weights, by which failures name the model.
    private let model: String

    init(_ vocabularySize: Int, _ positions: Int = .max, of model: String) {
        self.model = model
        self.vocabularySize = vocabularySize
        self.positions = positions
    }

    /// Throws `badInput` where sequences are not of one length, do not fit the model, or `visible` does not fit them.
    func check(_ sequences: [[Int]], visible: [Range<Int>]? = nil) throws(Failure) {
        let length = sequences.first?.count ?? 0
        for sequence in sequences {
            guard sequence.count == length else {
                throw Failure(
                    .badInput, "sequences of \(length) and of \(sequence.count) tokens in one batch",
                    hint: "Pad them to one length and say which places are visible.")
            }
        }
        for (index, sequence) in sequences.enumerated() {
            guard let range = visible.map({ index < $0.count ? $0[index] : 0..<0 }) else {
                try check(sequence)
                continue
            }
            guard range.lowerBound >= 0, range.upperBound <= length else {
                throw Failure(
                    .badInput, "the places \(range) of a sequence of \(length) tokens",
                    hint: "Give for each sequence the places of its own tokens.")
            }
            try check(Array(sequence[range]))
            // Padding is looked up too.
            try checkTokens(sequence)
        }
        if sequences.isEmpty { throw empty }
    }

    /// Throws `badInput` where a sequence is empty, too long, or holds a token that the model does not know.
    func check(_ sequence: [Int]) throws(Failure) {
        guard !sequence.isEmpty else { throw empty }
        guard sequence.count <= positions else {
            throw Failure(
                .badInput,
                "\(model): a sequence of \(sequence.count) tokens, where the model takes \(positions)",
                hint: "Shorten the text, or ask for fewer new tokens.")
        }
        try checkTokens(sequence)
    }

    private func checkTokens(_ sequence: [Int]) throws(Failure) {
        guard let token = sequence.first(where: { !(0..<vocabularySize).contains($0) }) else { return }
        throw Failure(
            .badInput, "\(model): token \(token), where the model knows \(vocabularySize)",
            hint: "Use the tokenizer that belongs to the model.")
    }

    private var empty: Failure {
        Failure(.badInput, "a sequence without tokens", hint: "Give at least the token that begins a text.")
    }
}

/// The rows of a batch's states from which a token is expected, and which token.
struct LabelledRows {
    private(set) var rows: [Int] = []
    private(set) var classes: [Int] = []

    /// A label at place t is expected from the state at t − `shift`, in sequences padded to `length`.
    init(
        _ labels: [[Int?]], sequences: [[Int]], length: Int, shift: Int, vocabularySize: Int, of model: String
    ) throws(Failure) {
        guard labels.map(\.count) == sequences.map(\.count) else {
            throw Failure(
                .badInput, "labels of other lengths than their sequences",
                hint: "Give a label, or nil, for each token.")
        }
        for (index, labels) in labels.enumerated() {
            for (place, label) in labels.enumerated() where place >= shift {
                guard let label else { continue }
                rows.append(index * length + place - shift)
                classes.append(label)
            }
        }
        try TokenCheck(vocabularySize, of: model).check(classes)
    }
}
