import StageKit

StageCommand<FilterStage>.main()
