import Arguments
import Catalogs
import Diagnostics
import Files
import ImageCodecs
import StageKit

/// `figment report DIR`: a page of pictures and a contact sheet.
enum ReportCommand {
    private static let directory = Argument<String>.positional(
        "DIR", .path(), "where to; files in it are replaced")
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
        let folder = try Folder.make(arguments[directory])
        let images = try folder.makeFolder(ReportFile.images)
        var thumbnails: [ContactSheet.Thumbnail] = []
        for entry in entries {
            let bytes = try catalog.payload(entry.sha256, in: entry.pack)
            let limits = ImageLimits.stated(
                width: entry.size.width, height: entry.size.height, bytes: bytes.count)
            let picture = try ImageFile.decode(bytes, name: "image \(entry.uid)", limits: limits).picture
            thumbnails.append(ContactSheet.Thumbnail(entry, picture))
            try images.write(bytes, to: entry.file)
        }
        let sheet = ContactSheet(thumbnails, columns: arguments[perClass])
        try folder.write(PNGCodec.encode(sheet.picture), to: ReportFile.sheet)
        try folder.write(Array(ReportPage(entries).html.utf8), to: ReportFile.page)
        StandardOutput.write("\(entries.count) images in \(folder.path)/index.html and contact-sheet.png\n")
        if sheet.count < entries.count {
            StandardOutput.write("the contact sheet shows the first \(sheet.count) of them\n")
        }
        return .success
    }
}

/// The names of what a report consists of.
enum ReportFile {
    static let images = name("images")
    static let sheet = name("contact-sheet.png")
    static let page = name("index.html")

    private static func name(_ text: StaticString) -> FileName {
        guard let name = FileName("\(text)") else { preconditionFailure("\(text) is a file's name") }
        return name
    }
}
