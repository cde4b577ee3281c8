import StageKit

Program.run(
    "figment-variant", "defines and freezes variants of the dataset",
    [
        (DefineCommand.syntax, DefineCommand.run), (FreezeCommand.syntax, FreezeCommand.run),
        (ListCommand.syntax, ListCommand.run), (ShowCommand.syntax, ShowCommand.run),
    ])
