import StageKit

Program.run(
    "figment-audit", "shows where things came from and why they are in",
    [(ImageCommand.syntax, ImageCommand.run)]
        + DownstreamCommand.all.map { ($0.syntax, $0.run) }
        + [(SnapshotCommand.syntax, SnapshotCommand.run), (DirectoryCommand.syntax, DirectoryCommand.run)])
