import StageKit

StageCommand<ScoreStage>.main()
