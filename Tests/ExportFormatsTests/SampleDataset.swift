import Diagnostics
import Digests
import ExportFormats
import JSONValues

/// A small dataset of real PNG files, made anew for each test.
struct SampleDataset {
    var splits = [("train", 23), ("test", 7)]
    var classes = [
        ExportClass(name: "test_tube", key: "n0441"), ExportClass(name: "steam train", key: "n0431"),
        ExportClass(name: "T-shirt/top"),
    ]
    var caption: (Int) -> String = { "a photo, number \($0)" }
    var fields = [
        ExportField("guidance", .real), ExportField("seed", .integer), ExportField("sampler", .string),
    ]
    var values: (Int) -> [ExportValue] = { [.real(Double($0) + 2), .integer($0 * 7), .string("ddim")] }
    var format: (Int) -> ExportImageFormat = { _ in .png }

    static let snapshot = SHA256.digest(of: "snapshot".utf8)

    func plan() throws(Failure) -> ExportPlan {
        try ExportPlan(
            title: "kept", snapshot: Self.snapshot,
            splits: splits.map { ExportSplitPlan($0.0, itemCount: $0.1) }, classes: classes, fields: fields)
    }

    /// The items of all splits in turns, as a shuffled query would give them.
    func items() -> [ExportItem] {
        let longest = splits.map(\.1).max() ?? 0
        let places = (0..<longest).flatMap { index in
            splits.filter { index < $0.1 }.map { ($0.0, index) }
        }
        return places.enumerated().map { number, place in
            let format = format(number)
            let bytes = format == .png ? Self.png(number) : [0xFF, 0xD8, 0xFF, UInt8(number)]
            return ExportItem(
                uid: Self.uid(number), split: place.0, label: place.1 % classes.count,
                caption: caption(number), weight: number == 0 ? 0.5 : 1, width: 4, height: 3, format: format,
                sha256: SHA256.digest(of: bytes), bytes: bytes, values: values(number))
        }
    }

    @discardableResult
    func write(as format: ExportFormat, to directory: String) throws(Failure) -> ExportManifest {
        var items = items()[...]
        return try Export.write(try plan(), as: format, to: directory) { items.popFirst() }
    }

    static func uid(_ number: Int) -> UID { UID(of: "image", [("number", .integer(number))]) }

    /// A picture of 4 × 3 RGB pixels as PNG (RFC 2083), its data stored without compression (RFC 1950, 1951).
    static func png(_ number: Int) -> [UInt8] {
        let width = 4
        let height = 3
        var rows: [UInt8] = []
        for row in 0..<height {
            rows.append(0)
            for column in 0..<(3 * width) {
                rows.append(UInt8(truncatingIfNeeded: number * 31 + row * 17 + column * 5))
            }
        }
        let length = UInt16(rows.count)
        let header = [0x78, 0x01, 1, UInt8(length & 255), UInt8(length >> 8)]
        let stored = header + [UInt8(~length & 255), UInt8(~length >> 8)] + rows + bigEndian(adler32(rows))
        let size = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 2, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", size)
            + chunk("IDAT", stored) + chunk("IEND", [])
    }

    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return bigEndian(UInt32(data.count)) + body + bigEndian(crc32(body))
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var register = UInt32.max
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 { register = register & 1 == 1 ? register >> 1 ^ 0xEDB8_8320 : register >> 1 }
        }
        return ~register
    }

    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return high << 16 | low
    }
}
