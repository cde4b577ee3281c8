import Catalogs
import Diagnostics
import ImageCodecs
import StageKit

/// The files and matrices that rows name.
struct Payloads {
    /// An image's file in a pack.
    struct File {
        let stored: StoredPayload
        let pixelDigest: String
    }

    /// The size of starter:diffusion's images, and of its text encoder's output.
    static let side = 32
    static let tokens = 28
    static let width = 128

    private let session: Session
    private let chance: Chance
    /// What all images share; none where each has its own.
    private let shared: [File]
    let conditioning: StoredPayload

    init(_ session: Session, _ chance: Chance, ownPayloads: Bool) throws(Failure) {
        self.session = session
        self.chance = chance
        let states = (0..<Self.tokens * Self.width).map { Float(chance.fraction(1, $0)) }
        conditioning = try session.store([VectorBytes.encode(states)])[0]
        shared = ownPayloads ? [] : try Self.files(0..<64, session, chance)
    }

    /// The files of some images; where they share them, the digests of pixels are still each one's own.
    func files(_ images: Range<Int>) throws(Failure) -> [File] {
        guard !shared.isEmpty else { return try Self.files(images, session, chance) }
        return images.map { image in
            let words = (0..<4).map { chance.bits(2, 4 * image + $0) }
            let digest = words.map { word in
                let digits = String(word, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }
            return File(stored: shared[image % shared.count].stored, pixelDigest: digest.joined())
        }
    }

    private static func files(
        _ images: Range<Int>, _ session: Session, _ chance: Chance
    ) throws(Failure) -> [File] {
        let pictures = images.map { picture($0, chance) }
        let encoded = try pictures.map { picture throws(Failure) in try PNGCodec.encode(picture) }
        return zip(try session.store(encoded), pictures).map { stored, picture in
            File(stored: stored, pixelDigest: picture.pixelDigest.hex)
        }
    }

    /// A patch of one colour on another, with a mark that no other picture has.
    private static func picture(_ image: Int, _ chance: Chance) -> RGBImage {
        let colours = chance.bits(3, image)
        var pixels = [UInt8](repeating: 0, count: side * side * 3)
        for pixel in 0..<side * side {
            let isPatch = (8..<24).contains(pixel / side) && (8..<24).contains(pixel % side)
            for channel in 0..<3 {
                let shift = UInt64(8 * channel + (isPatch ? 24 : 0))
                pixels[3 * pixel + channel] = UInt8(truncatingIfNeeded: colours >> shift)
            }
        }
        for byte in 0..<8 { pixels[byte] = UInt8(truncatingIfNeeded: image >> (8 * byte)) }
        return RGBImage(width: side, height: side, pixels: pixels)
    }
}
