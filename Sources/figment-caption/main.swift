import StageKit

StageCommand<CaptionStage>.main()
