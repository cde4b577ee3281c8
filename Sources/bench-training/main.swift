import StageKit

Program.run(BenchTraining.syntax, BenchTraining.run)
