import StageKit

Program.run(BenchOperations.syntax, BenchOperations.run)
