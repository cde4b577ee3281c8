import Arguments
import Catalogs
import Diagnostics
import JSONValues
import StageKit

/// `figment backup FILE`: a copy of the catalog and its packs.
enum BackupCommand {
    private static let file = Argument<String>.positional(
        "FILE", .path(), "the copy, which must not exist yet")
    private static let link = Argument<Bool>.flag(
        "link", "link to sealed packs on the same disk, which never change, instead of copying them")

    static let syntax = CommandSyntax(
        "figment-catalog backup", "copies the catalog while others write",
        discussion: """
            The copy is the catalog at one moment, with all packs that it names in a folder beside it: a catalog \
            of its own, to be worked on or kept. It is checked before it gets its name; nothing is overwritten.
            """,
        [file, link, CommonArguments.catalog, CommonArguments.json])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let backup = try Catalog.backUp(
            try CommonArguments.catalogPath(arguments), to: arguments[file],
            linkingSealedPacks: arguments[link])
        if arguments[CommonArguments.json] {
            let json: JSONValue = [
                "path": .string(backup.path), "packs": .integer(backup.packCount),
                "bytes": .integer(backup.byteCount),
            ]
            StandardOutput.write(json: json)
        } else {
            StandardOutput.write(
                "\(backup.path): \(backup.packCount) packs, \(backup.byteCount) bytes, checked\n")
        }
        return .success
    }
}
