import Catalogs
import Diagnostics
import DiffusionModels
import Digests
import ImageCodecs
import JSONValues
import StageKit

/// What making an image again from its row came to.
struct Rederivation {
    enum Verdict: String {
        case exact, within, different
    }

    let row: GeneratedRow
    let verdict: Verdict
    /// The largest difference of a channel, in levels of 256.
    let largestDifference: Int
    let pixelDigest: Digest
    /// Whether encoding the pixels again gave the very bytes of the recorded file.
    let isSameFile: Bool
    /// What is wrong with the stored file, nil where it is what its row says.
    let damage: String?

    /// Compares pixels that were made anew with the recorded ones.
    ///
    /// - Parameter tolerance: up to how many levels of difference count as within.
    /// - Throws: catalog where they differ from the record, and the stored file is too damaged to say by how much.
    init(_ row: GeneratedRow, made pixels: RGBPixels, tolerance: Int, in catalog: Catalog) throws(Failure) {
        let picture = RGBImage(width: pixels.size.width, height: pixels.size.height, pixels: pixels.bytes)
        let stored = try StoredPicture(of: row.id, in: catalog)
        self.row = row
        pixelDigest = picture.pixelDigest
        damage = stored.damage
        let file = SHA256.digest(of: try PNGCodec.encode(picture)).hex
        isSameFile =
            try catalog.integer(
                "SELECT file_sha256 = ? FROM image WHERE id = ?", [.text(file), .integer(row.id)]) == 1
        if pixelDigest.hex == row.pixelSHA256 {
            (verdict, largestDifference) = (.exact, 0)
        } else if let old = stored.picture, stored.damage == nil,
            (old.width, old.height) == (picture.width, picture.height)
        {
            largestDifference = zip(old.pixels, picture.pixels).reduce(0) {
                max($0, abs(Int($1.0) - Int($1.1)))
            }
            verdict = largestDifference <= tolerance ? .within : .different
        } else {
            throw Failure(
                .catalog,
                "image \(row.uid) comes out other than its row says, and its file cannot be compared: "
                    + (stored.damage ?? "it has another size"), hint: "Restore the pack from a copy.")
        }
    }

    /// The columns of its row.
    var columns: [String: SQLValue] {
        [
            "image_id": .integer(row.id), "verdict": .text(verdict.rawValue),
            "largest_difference": .integer(largestDifference), "pixel_sha256": .text(pixelDigest.hex),
        ]
    }

    var json: JSONValue {
        [
            "image": .string(row.uid), "verdict": .string(verdict.rawValue),
            "largest_difference": .integer(largestDifference), "pixel_sha256": .string(pixelDigest.hex),
            "same_file": .boolean(isSameFile), "damage": damage.map { .string($0) } ?? .null,
        ]
    }

    var text: String {
        let words =
            switch verdict {
            case .exact:
                "exact" + (isSameFile ? ", the file to the last byte" : ", its file encoded otherwise")
            case .within: "within \(largestDifference) of 255 levels"
            case .different: "different, by up to \(largestDifference) of 255 levels"
            }
        return "\(row.uid)  \(words)" + (damage.map { "; but its stored file is damaged: \($0)" } ?? "")
    }
}
