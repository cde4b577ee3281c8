import CVectors

/// Normalizes groups of channels: out[B, P, C] = (x − mean) / √(variance + ε)·scale[C] + shift[C].
///
/// P is an image's pixels; where `silu` says so, x·σ(x) follows. `out` may be `x`.
/// Wu and He, "Group normalization" (2018); mean and biased variance are those of an image's group of channels.
public func normalizeGroups(
    _ x: Floats, scale: Floats, shift: Floats, epsilon: Float, groups: Int, silu isActivated: Bool,
    into out: MutableFloats, batch: Int, pixels: Int, channels: Int
) {
    let tiling = GroupTiling(batch: batch, pixels: pixels, channels: channels, groups: groups)
    withScratch((tiling.tileCount + 2 * batch) * channels) { scratch in
        let centres = scratch + tiling.tileCount * channels
        let factors = centres + batch * channels
        tiling.moments(of: x, epsilon: epsilon, sums: scratch, centres: centres, factors: factors)
        for image in 0..<batch {
            let factor = factors + image * channels
            for channel in 0..<channels { factor[channel] *= scale[channel] }
        }
        tiling.forEachTile { image, _, pixels in
            let (centre, factor) = (centres + image * channels, factors + image * channels)
            for pixel in pixels {
                figment_normalize(
                    widestVectors, x + pixel * channels, centre, factor, shift, isActivated ? 1 : 0,
                    out + pixel * channels, channels)
            }
        }
    }
}
