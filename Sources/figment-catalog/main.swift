import StageKit

Program.run(
    "figment-catalog", "makes, describes, checks, copies, splits and merges catalogs",
    [
        (InitCommand.syntax, InitCommand.run), (MigrateCommand.syntax, MigrateCommand.run),
        (StatusCommand.syntax, StatusCommand.run), (CheckCommand.syntax, CheckCommand.run),
        (BackupCommand.syntax, BackupCommand.run),
        (SplitCommand.syntax, SplitCommand.run), (MergeCommand.syntax, MergeCommand.run),
    ])
