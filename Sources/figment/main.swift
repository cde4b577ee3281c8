import StageKit

FrontDoor.main()
