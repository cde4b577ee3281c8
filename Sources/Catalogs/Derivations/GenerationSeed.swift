import Digests

/// The seed that an image's noise is drawn from.
public enum GenerationSeed {
    /// The image's own seed: 52 bits of the digest over base seed, conditioning and number, so that it depends on
    /// nothing that was made before or beside it.
    ///
    /// - Parameters:
    ///   - conditioning: the conditioning's uid.
    ///   - ordinal: the number of the image among those of the conditioning.
    ///   - base: the seed of the sampling.
    public static func seed(of conditioning: String, _ ordinal: Int, base: Int) -> Int {
        let uid = UID(
            of: "seed",
            [
                ("base", .integer(base)), ("conditioning", .string(conditioning)),
                ("ordinal", .integer(ordinal)),
            ])
        return Int(uid.hex.prefix(13), radix: 16) ?? 0
    }
}
