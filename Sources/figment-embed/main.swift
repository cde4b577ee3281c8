import StageKit

StageCommand<EmbedStage>.main()
