import StageKit

Program.run(
    "figment-catalog", "makes, describes, checks, splits and merges catalogs",
    [
        (InitCommand.syntax, InitCommand.run), (MigrateCommand.syntax, MigrateCommand.run),
        (StatusCommand.syntax, StatusCommand.run), (CheckCommand.syntax, CheckCommand.run),
        (SplitCommand.syntax, SplitCommand.run), (MergeCommand.syntax, MergeCommand.run),
    ])
