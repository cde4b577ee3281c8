import StageKit

Program.run(BenchCatalog.syntax, BenchCatalog.run)
