// Included by panel_products.h once for processors that multiply pairs and once for all others: FIGMENT_LOOP names a
// function of the kind, FIGMENT_LOOP_ATTRIBUTE has it compiled for them.

// Computes `height` rows of `width` panels from a row and a panel on.
FIGMENT_LOOP_ATTRIBUTE FIGMENT_ALWAYS void FIGMENT_LOOP(figment_product_tile)(
    figment_format format, int height, int width, const figment_product *product, ptrdiff_t row, ptrdiff_t panel)
{
    figment_product_prefetch(height, width, product, row, panel);
    // What this chain comes to so far, and all before it; the lines that are left of it.
    figment_lanes sums[12][4], totals[12][4];
    FIGMENT_FLAT for (int r = 0; r < height; r++)
        FIGMENT_FLAT for (int p = 0; p < width; p++) sums[r][p] = totals[r][p] = (figment_lanes){0};
    ptrdiff_t left = FIGMENT_CHAIN;
    const float *weights = product->panels + panel * product->panel_stride;
    const ptrdiff_t piece = product->piece, stride = product->panel_stride;
    const ptrdiff_t offset = format == figment_format_widened ? 2 * product->offset : product->offset;
    for (ptrdiff_t s = 0; s < product->steps; s++) {
        const float *x[12];
        FIGMENT_FLAT for (int r = 0; r < height; r++)
            x[r] = format == figment_format_interleaved
                       ? product->interleaved + (row * product->steps + s * height) * piece + r
                       : product->rows[s * product->row_stride + row + r] + offset;
        for (ptrdiff_t k = 0; k < piece;) {
            if (left == 0) {
                FIGMENT_FLAT for (int r = 0; r < height; r++)
                    FIGMENT_FLAT for (int p = 0; p < width; p++) {
                        totals[r][p] += sums[r][p];
                        sums[r][p] = (figment_lanes){0};
                    }
                left = FIGMENT_CHAIN;
            }
            const ptrdiff_t end = piece - k < left ? piece : k + left;
            left -= end - k;
            // By fours: of so few rounds the processor foresees the last.
            _Pragma("clang loop unroll_count(4)") for (; k < end; k++) {
                FIGMENT_LOOP(figment_product_step)(format, height, width, x, k, weights, stride, sums);
                weights += 16;
            }
        }
    }
    FIGMENT_FLAT for (int r = 0; r < height; r++)
        FIGMENT_FLAT for (int p = 0; p < width; p++) sums[r][p] += totals[r][p];
    figment_product_finish(height, width, product, row, panel, (const figment_lanes (*)[4])sums);
}

// All rows of `width` panels, `height` at a time as long as there are as many.
FIGMENT_LOOP_ATTRIBUTE FIGMENT_ALWAYS void FIGMENT_LOOP(figment_product_panels)(
    figment_format format, int height, int width, const figment_product *product, ptrdiff_t panel)
{
    for (ptrdiff_t row = 0; row < product->row_count;) {
        const int next = figment_tile_height(height, product->row_count - row);
        // Each size is compiled for itself.
        if (next == height)
            FIGMENT_LOOP(figment_product_tile)(format, height, width, product, row, panel);
        else if (height > 8 && next == 8)
            FIGMENT_LOOP(figment_product_tile)(format, 8, width, product, row, panel);
        else if (height > 4 && next == 4)
            FIGMENT_LOOP(figment_product_tile)(format, 4, width, product, row, panel);
        else if (height > 2 && next == 2)
            FIGMENT_LOOP(figment_product_tile)(format, 2, width, product, row, panel);
        else
            FIGMENT_LOOP(figment_product_tile)(format, 1, width, product, row, panel);
        row += next;
    }
}

// Few rows leave registers for more panels, whose sums do not wait for each other.
FIGMENT_LOOP_ATTRIBUTE FIGMENT_ALWAYS void FIGMENT_LOOP(figment_product_all)(
    figment_format format, int height, int width, const figment_product *product)
{
    const ptrdiff_t panels = (product->columns + 15) / 16;
    ptrdiff_t panel = 0;
    if (product->row_count <= 2) {
        for (; panel + 4 <= panels; panel += 4)
            FIGMENT_LOOP(figment_product_panels)(format, 2, 4, product, panel);
    } else if (width > 1) {
        for (; panel + width <= panels; panel += width)
            FIGMENT_LOOP(figment_product_panels)(format, height, width, product, panel);
    }
    for (; panel < panels; panel++) FIGMENT_LOOP(figment_product_panels)(format, height, 1, product, panel);
}

#undef FIGMENT_LOOP
#undef FIGMENT_LOOP_ATTRIBUTE
