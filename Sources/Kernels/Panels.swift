import CVectors

/// The right-hand matrix of a product, [K, N], as products read it: in panels of sixteen columns side by side, row after
/// row, with zeros beyond the last column; [⌈N/16⌉, K, 16] in memory.
///
/// In bfloat16 two rows of a place of a window share a line, and two values the place of a float, the first in its lower
/// half; after an odd number of rows comes one of zeros: [⌈N/16⌉, places·⌈K/(2·places)⌉, 16].
public struct Panels {
    /// Where the first panel begins.
    public let base: Floats
    /// Rows K and columns N of the matrix.
    public let depth, columns: Int
    /// The precision of the values.
    public let precision: Precision
    /// Places of the window whose weights these are, as many parts of the depth; 1 for a linear map.
    public let places: Int

    /// Describes panels in memory.
    public init(
        _ base: Floats, depth: Int, columns: Int, precision: Precision = .float32, places: Int = 1
    ) {
        self.base = base
        self.depth = depth
        self.columns = columns
        self.precision = precision
        self.places = places
    }

    /// The number of panels of so many columns.
    public static func count(columns: Int) -> Int { (columns + 15) / 16 }

    /// The number of lines of a panel, each in the place of sixteen floats.
    public static func lines(depth: Int, precision: Precision, places: Int) -> Int {
        precision == .float32 ? depth : (depth / places + 1) / 2 * places
    }

    /// Lines of a panel.
    var lines: Int { Self.lines(depth: depth, precision: precision, places: places) }

    /// Floats from one panel to the next.
    var stride: Int { 16 * lines }

    /// Runs `body` with the values of some inputs of a panel of a window's weights as floats [inputs, 16]; those of the
    /// window's next place begin `step` floats on.
    func withFloats(
        ofPanel index: Int, inputs range: Range<Int>, places: Int,
        _ body: (_ values: Floats, _ step: Int) -> Void
    ) {
        let (panel, inputs) = (base + index * stride, depth / places)
        guard precision != .float32 else { return body(panel + range.lowerBound * 16, inputs * 16) }
        withScratch(16 * places * range.count) { floats in
            for place in 0..<places {
                figment_widen_panel(
                    panel + (place * ((inputs + 1) / 2) + range.lowerBound / 2) * 16, range.count,
                    floats + place * range.count * 16)
            }
            body(floats, 16 * range.count)
        }
    }
}

/// Lays the columns of a matrix [K, N], whose rows begin `stride` floats apart, out in panels `panelStride` floats apart.
func packRows(
    _ matrix: Floats, stride: Int, depth: Int, columns: Int, into panels: MutableFloats, panelStride: Int
) {
    figment_pack_rows(matrix, stride, depth, columns, panels, panelStride)
}

/// Lays a matrix [K, N] that stands transposed, [N, K] with rows `stride` floats apart, out in panels.
func packColumns(
    _ transposed: Floats, stride: Int, depth: Int, columns: Int, into panels: MutableFloats, panelStride: Int
) {
    withUnsafeTemporaryAllocation(of: Floats?.self, capacity: 16) { rows in
        for panel in 0..<Panels.count(columns: columns) {
            let (first, out) = (panel * 16, panels + panel * panelStride)
            let width = min(16, columns - first)
            for column in 0..<width { rows[column] = transposed + (first + column) * stride }
            if width < 16 { out.update(repeating: 0, count: 16 * depth) }
            figment_transpose(widestVectors, rows.baseAddress, 0, width, depth, out, 16)
        }
    }
}

/// Lays weights [O, I, places], as checkpoints store them, out as the panels of a matrix [places·I, O].
///
/// For each place of a window and each input the outputs lie side by side. A linear map has one place.
public func packWeights(
    _ weights: Floats, into panels: MutableFloats, inputs: Int, outputs: Int, places: Int,
    precision: Precision = .float32
) {
    let depth = places * inputs
    let stride = 16 * Panels.lines(depth: depth, precision: precision, places: places)
    parallelFor(Panels.count(columns: outputs), work: depth * outputs * 4) { range in
        withScratch(places == 1 ? 0 : 16 * depth) { scratch in
            withScratch(precision == .float32 ? 0 : 16 * depth) { unrounded in
                for panel in range {
                    let (first, out) = (16 * panel, panels + panel * stride)
                    let target = precision == .float32 ? out : unrounded
                    packColumns(
                        weights + first * depth, stride: depth, depth: depth,
                        columns: min(16, outputs - first),
                        into: places == 1 ? target : scratch, panelStride: 16 * depth)
                    if places > 1 { sortByPlace(scratch, into: target, inputs: inputs, places: places) }
                    if precision != .float32 { roundPanel(target, into: out, inputs: inputs, places: places) }
                }
            }
        }
    }
}

/// Of a panel [inputs, places, 16] the panel [places, inputs, 16].
private func sortByPlace(_ panel: Floats, into out: MutableFloats, inputs: Int, places: Int) {
    for place in 0..<places {
        for input in 0..<inputs {
            (out + (place * inputs + input) * 16).update(
                from: panel + (input * places + place) * 16, count: 16)
        }
    }
}

/// Of a panel [places, inputs, 16] that in bfloat16, [places, ⌈inputs/2⌉, 16].
private func roundPanel(_ panel: Floats, into out: MutableFloats, inputs: Int, places: Int) {
    for place in 0..<places {
        figment_round_panel(panel + place * inputs * 16, inputs, out + place * ((inputs + 1) / 2) * 16)
    }
}

/// The panels of the matrices that carry gradients back: for each of the places of a window the transposed of its part
/// [I, O] of `weight`, the places in reverse order, [places·O, I] in all.
///
/// A linear map has one place.
public func turnPanels(_ weight: Panels, places: Int, into turned: MutableFloats) {
    precondition(weight.precision == .float32, "gradients come back through weights of float32")
    let (inputs, outputs) = (weight.depth / places, weight.columns)
    let panelStride = 16 * places * outputs
    parallelFor(Panels.count(columns: inputs), work: weight.depth * outputs * 4) { range in
        for panel in range {
            let first = 16 * panel
            for place in 0..<places {
                for other in 0..<Panels.count(columns: outputs) {
                    packColumns(
                        weight.base + other * weight.stride + (place * inputs + first) * 16, stride: 16,
                        depth: min(16, outputs - 16 * other), columns: min(16, inputs - first),
                        into: turned + panel * panelStride
                            + ((places - 1 - place) * outputs + 16 * other) * 16,
                        panelStride: panelStride)
                }
            }
        }
    }
}
