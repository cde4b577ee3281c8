import StageKit

Program.run(
    "figment-audit", "shows where things came from and why they are in",
    [(ImageCommand.syntax, ImageCommand.run)])
