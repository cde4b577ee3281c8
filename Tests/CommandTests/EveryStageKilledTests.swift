import Glibc
import Testing

/// Every step of the work, killed at moments that a seed chooses: what is left passes its check, and the step done
/// again ends with the rows of an undisturbed run.
struct EveryStageKilledTests {
    /// Four chains of two kills a step, and the first of each chain begins anew.
    private static let kills = 8

    @Test(arguments: Step.all)
    func isKilledAndDoneAgain(step: Step) throws {
        let trial = try Trial(step)
        var random = SplitMix(state: step.name.utf8.reduce(20_261_121) { $0 &* 31 &+ UInt64($1) })
        var killed = 0
        for chain in 0..<4 * Self.kills where killed < Self.kills {
            try trial.reset()
            for _ in 0..<2 where try trial.disturb(by: SIGKILL, &random) {
                killed += 1
                #expect(try trial.shop.damage() == "", "\(step.name), chain \(chain), kill \(killed)")
            }
            try trial.finish("\(step.name), chain \(chain)")
        }
        #expect(killed >= Self.kills, "\(step.name) was killed only \(killed) times")
    }

    @Test(arguments: Step.all)
    func isAskedToStopAndDoneAgain(step: Step) throws {
        let trial = try Trial(step)
        var random = SplitMix(state: 20_261_121)
        for signal in [SIGTERM, SIGINT] {
            // A signal that comes when all is done tells nothing.
            var hasLanded = false
            for _ in 0..<40 where !hasLanded {
                try trial.reset()
                hasLanded = try trial.disturb(by: signal, &random)
            }
            #expect(hasLanded || !step.takesTime, "no signal \(signal) came in the midst of \(step.name)")
            #expect(try trial.shop.damage() == "", "\(step.name) after signal \(signal)")
            try trial.finish("\(step.name) after signal \(signal)")
        }
    }
}
