import StageKit

Program.run(
    "figment-catalog", "makes, describes and checks catalogs",
    [
        (InitCommand.syntax, InitCommand.run), (MigrateCommand.syntax, MigrateCommand.run),
        (StatusCommand.syntax, StatusCommand.run), (CheckCommand.syntax, CheckCommand.run),
    ])
