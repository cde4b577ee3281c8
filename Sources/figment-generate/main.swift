import StageKit

StageCommand<GenerateStage>.main()
