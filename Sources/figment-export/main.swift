import StageKit

Program.run(ExportCommand.syntax, ExportCommand.run)
