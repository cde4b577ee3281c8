/// What a text encoder made of a text: T tokens of C channels, row-major.
public struct TextEmbedding: Hashable, Sendable {
    /// Tokens T.
    public let tokens: Int
    /// Channels C of each token.
    public let channels: Int
    /// The values, [T, C].
    public let values: [Float]

    /// Makes an embedding of as many values as its sizes say.
    public init(tokens: Int, channels: Int, values: [Float]) {
        precondition(values.count == tokens * channels, "\(values.count) values for [\(tokens), \(channels)]")
        self.tokens = tokens
        self.channels = channels
        self.values = values
    }
}
