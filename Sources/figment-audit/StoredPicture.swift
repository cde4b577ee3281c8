import Catalogs
import Diagnostics
import Digests
import ImageCodecs

/// An image's file as the pack holds it now.
struct StoredPicture {
    /// Its pixels, nil where the file cannot be read or decoded.
    let picture: RGBImage?
    /// What is wrong with it, nil where it is what its row says.
    let damage: String?

    /// Reads the file, which proves its digest, and compares its pixels with the row.
    init(of image: Int, in catalog: Catalog) throws(Failure) {
        let rows = try catalog.rows(
            "SELECT uid, file_sha256, pack_id, width, height, pixel_sha256 FROM image WHERE id = ?",
            [.integer(image)]
        ) { ($0.text(0), $0.text(1), $0.integer(2), $0.integer(3), $0.integer(4), $0.text(5)) }
        guard let (uid, file, pack, width, height, pixels) = rows.first else {
            throw Failure(.missingResource, "there is no image \(image)")
        }
        do throws(Failure) {
            let bytes = try catalog.payload(file, in: pack)
            let limits = ImageLimits.stated(width: width, height: height, bytes: bytes.count)
            let picture = try ImageFile.decode(bytes, name: "image \(uid)", limits: limits).picture
            self.picture = picture
            if (picture.width, picture.height) != (width, height) {
                damage = "the file shows \(picture.width) × \(picture.height) pixels"
            } else if picture.pixelDigest.hex != pixels {
                damage = "the file's pixels have the SHA-256 \(picture.pixelDigest)"
            } else {
                damage = nil
            }
        } catch {
            picture = nil
            damage = error.summary
        }
    }
}
