import StageKit

Program.run(ReportCommand.syntax, ReportCommand.run)
