import StageKit

Program.run(BenchEngine.syntax, BenchEngine.run)
