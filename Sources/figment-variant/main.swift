import StageKit

Program.run(
    "figment-variant", "defines and freezes variants of the dataset",
    [
        (DefineCommand.syntax, DefineCommand.run), (DiffCommand.syntax, DiffCommand.run),
        (FreezeCommand.syntax, FreezeCommand.run), (ListCommand.syntax, ListCommand.run),
        (ShowCommand.syntax, ShowCommand.run), (WhatIfCommand.syntax, WhatIfCommand.run),
    ])
