/// A photograph cut out: where its garment is, and how bright it is there.
struct Silhouette {
    /// H × W, 255 within the garment and 0 outside.
    let coverage: [UInt8]
    /// H × W, the photograph stretched to full contrast, 0 outside.
    let light: [UInt8]

    /// Darker than this, a pixel that dark pixels join to the border is outside.
    static let darkest: UInt8 = 12

    init(_ photograph: Photograph) {
        let side = Photograph.side
        let grey = photograph.grey
        var coverage = [UInt8](repeating: 255, count: side * side)
        var frontier: [Int] = []
        func enter(_ index: Int) {
            guard coverage[index] == 255, grey[index] < Silhouette.darkest else { return }
            coverage[index] = 0
            frontier.append(index)
        }
        for step in 0..<side {
            enter(step)
            enter((side - 1) * side + step)
            enter(step * side)
            enter(step * side + side - 1)
        }
        while let index = frontier.popLast() {
            let column = index % side
            if column > 0 { enter(index - 1) }
            if column < side - 1 { enter(index + 1) }
            if index >= side { enter(index - side) }
            if index < (side - 1) * side { enter(index + side) }
        }
        let brightest = max(Int(grey.max() ?? 0), 1)
        self.coverage = coverage
        light = grey.indices.map { coverage[$0] == 0 ? 0 : UInt8(Int(grey[$0]) * 255 / brightest) }
    }
}
