import StageKit

Program.run(QueryCommand.syntax, QueryCommand.run)
