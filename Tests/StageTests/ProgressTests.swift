import Testing

@testable import StageKit

struct ProgressTests {
    @Test func tellsRateAndRemainingTime() {
        let text = Progress.text("generate", done: 120, total: 400, unit: "images", seconds: 24)
        #expect(text == "generate: 120 of 400 images, 30 %, 5.0 images/s, 56 s left")
        #expect(
            Progress.text("generate", done: 400, total: 400, unit: "images", seconds: 80)
                == "generate: 400 of 400 images, 100 %, 5.0 images/s, 0 s left")
    }

    @Test func tellsNoRateBeforeThereIsOne() {
        #expect(
            Progress.text("score", done: 0, total: 7, unit: "scores", seconds: 3) == "score: 0 of 7 scores")
        #expect(
            Progress.text("score", done: 7, total: 7, unit: "scores", seconds: 0) == "score: 7 of 7 scores")
    }

    @Test(arguments: [
        (0.0, "0 s"), (0.2, "1 s"), (59.0, "59 s"), (59.5, "1 min 0 s"), (200.0, "3 min 20 s"),
        (3_599.9, "1 h 0 min"), (7_500.0, "2 h 5 min"), (1e300, "277777 h 46 min"),
    ])
    func saysDurationsAsPeopleDo(seconds: Double, words: String) {
        #expect(Progress.duration(seconds) == words)
    }

    @Test(arguments: [
        (0.04, "0.0"), (5.25, "5.3"), (99.94, "99.9"), (123.9, "123"), (1e300, "1000000000000000"),
    ])
    func roundsRates(rate: Double, words: String) {
        #expect(Progress.rounded(rate) == words)
    }
}
