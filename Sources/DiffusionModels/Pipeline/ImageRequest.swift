import Randomness

/// One image to be made: a text, noise, and perhaps an image to begin with.
public struct ImageRequest {
    /// The text.
    public var conditioning: TextEmbedding
    /// What stands for no text; needed where the settings ask for guidance above 1.
    public var unconditional: TextEmbedding?
    /// Where all of the image's randomness comes from.
    ///
    /// It is drawn from in the order of diffusers, in planar order [C, H, W]: for an image to begin with the noise of
    /// its posterior; then the initial noise; then the noise of each step that needs some.
    public var noise: any NoiseSource
    /// The image to begin with, of the size that is asked for, or nil to begin with noise alone.
    public var initial: RGBPixels?

    /// Makes a request.
    public init(
        conditioning: TextEmbedding, unconditional: TextEmbedding? = nil, noise: any NoiseSource,
        initial: RGBPixels? = nil
    ) {
        self.conditioning = conditioning
        self.unconditional = unconditional
        self.noise = noise
        self.initial = initial
    }
}
