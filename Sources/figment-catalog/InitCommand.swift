import Arguments
import Catalogs
import Diagnostics
import StageKit

/// `figment init`: a new catalog.
enum InitCommand {
    static let syntax = CommandSyntax(
        "figment-catalog init", "makes a new catalog",
        discussion: "A catalog of this version that is there already is left alone.",
        [CommonArguments.catalog])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let path = try CommonArguments.catalogPath(arguments)
        switch try Catalog.create(at: path, version: ProgramVersion.current) {
        case .made: StandardOutput.write("made the catalog \(path)\n")
        case .alreadyThere: StandardOutput.write("\(path) is a catalog already\n")
        }
        return .success
    }
}

/// `figment migrate`: an older catalog to this version.
enum MigrateCommand {
    static let syntax = CommandSyntax(
        "figment-catalog migrate", "brings an older catalog to this version",
        discussion: "The catalog is copied beside itself first.", [CommonArguments.catalog])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let path = try CommonArguments.catalogPath(arguments)
        let report = try Catalog.migrate(at: path, version: ProgramVersion.current)
        if let backup = report.backup {
            StandardOutput.write(
                "\(path): version \(report.from) is now version \(report.to); the old one is \(backup)\n")
        } else {
            StandardOutput.write("\(path) is of version \(report.to) already\n")
        }
        return .success
    }
}
