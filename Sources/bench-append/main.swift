import StageKit

Program.run(AppendCommand.syntax, AppendCommand.run)
