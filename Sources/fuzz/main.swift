import StageKit

Program.run(
    "fuzz", "gives parsers and programs inputs that are wrong in every way",
    [
        (RunCommand.syntax, RunCommand.run), (CasesCommand.syntax, CasesCommand.run),
    ])
