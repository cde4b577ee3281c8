import StageKit

Program.run(BenchFashion.syntax, BenchFashion.run)
