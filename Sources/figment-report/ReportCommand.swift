import Arguments
import Catalogs
import Diagnostics
import Foundation
import ImageCodecs
import StageKit

/// `figment report DIR`: a page of pictures and a contact sheet.
enum ReportCommand {
    private static let directory = Argument<String>.positional(
        "DIR", .text(), "where to; files in it are replaced")
    private static let perClass = Argument<Int>.option(
        "per-class", .integer(in: 1...200), default: 20, "the most images of a class")

    static let syntax = CommandSyntax(
        "figment-report", "makes a page of generated images to look at",
        discussion: """
            Writes index.html, contact-sheet.png and the images of the page. The sheet has a row for each class; \
            what a rule rejected has a red edge. --from selects ids of images (default: all generated).
            """,
        [directory, perClass, CommonArguments.from, CommonArguments.catalog])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let catalog = try Catalog.open(at: CommonArguments.catalogPath(arguments), mode: .readOnly)
        let sql = arguments[CommonArguments.from] ?? "SELECT image_id FROM generated"
        let entries = try ReportEntry.chosen(by: sql, perClass: arguments[perClass], in: catalog)
        guard !entries.isEmpty else {
            throw Failure(
                .missingResource, "there is no image to show", hint: "Run 'figment generate' first.")
        }
        let folder = arguments[directory]
        try OutputFolder.make("\(folder)/images")
        var pictures: [RGBImage] = []
        for entry in entries {
            let bytes = try catalog.payload(entry.sha256, in: entry.pack)
            pictures.append(try ImageFile.decode(bytes, name: "image \(entry.uid)").picture)
            try OutputFolder.write(bytes, to: "\(folder)/images/\(entry.uid).\(entry.format)")
        }
        let sheet = ContactSheet(entries, pictures, columns: arguments[perClass])
        try OutputFolder.write(PNGCodec.encode(sheet.picture), to: "\(folder)/contact-sheet.png")
        try OutputFolder.write(Array(ReportPage(entries).html.utf8), to: "\(folder)/index.html")
        StandardOutput.write("\(entries.count) images in \(folder)/index.html and contact-sheet.png\n")
        return .success
    }
}

/// The folder that a report is written into.
enum OutputFolder {
    static func make(_ path: String) throws(Failure) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw Failure(
                .io, "cannot make the folder \(path): \(error.localizedDescription)",
                hint: "Choose another place.")
        }
    }

    /// Writes a whole file or none.
    static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Failure(
                .io, "cannot write \(path): \(error.localizedDescription)",
                hint: "Check space and permissions.")
        }
    }
}
