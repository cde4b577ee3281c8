// Products of rows with a matrix that lies in panels: sixteen of its columns side by side, row after row, zeros beyond
// the last column. Each value is summed in the order of the depth, whatever rows and columns are computed beside it.
#pragma once
#include "shim.h"

// out[r][c] = Σ rows[s][r][k]·panels[s·piece + k][c] over all steps s and all k below piece, plus addend and bias.
typedef struct {
    // Where the piece of each row begins at each step: row r's at step s is `rows[s * row_stride + r] + offset`.
    const float *const *rows;
    ptrdiff_t row_stride, offset, steps, piece;
    // The panels of the columns wanted, `panel_stride` floats apart, from the first step's depth on.
    const float *panels;
    ptrdiff_t panel_stride;
    // Row r's values of panel p begin at `out + r * out_row + p * out_panel`; so do the addend's, where there is one.
    float *out;
    const float *addend;
    ptrdiff_t out_row, out_panel;
    // A value for each column, or none.
    const float *bias;
    ptrdiff_t row_count, columns;
} figment_product;

// Computes `height` rows of `width` panels from a row and a panel on.
FIGMENT_ALWAYS void figment_product_tile(
    int height, int width, const figment_product *product, ptrdiff_t row, ptrdiff_t panel)
{
    figment_lanes sums[12][4];
    FIGMENT_FLAT for (int r = 0; r < height; r++)
        FIGMENT_FLAT for (int p = 0; p < width; p++) sums[r][p] = (figment_lanes){0};
    const float *weights = product->panels + panel * product->panel_stride;
    const ptrdiff_t piece = product->piece, stride = product->panel_stride;
    for (ptrdiff_t s = 0; s < product->steps; s++) {
        const float *x[12];
        FIGMENT_FLAT for (int r = 0; r < height; r++)
            x[r] = product->rows[s * product->row_stride + row + r] + product->offset;
        for (ptrdiff_t k = 0; k < piece; k++) {
            figment_lanes w[4];
            FIGMENT_FLAT for (int p = 0; p < width; p++) w[p] = FIGMENT_LOAD(weights + p * stride);
            FIGMENT_FLAT for (int r = 0; r < height; r++) {
                const float value = x[r][k];
                FIGMENT_FLAT for (int p = 0; p < width; p++) sums[r][p] += value * w[p];
            }
            weights += 16;
        }
    }
    FIGMENT_FLAT for (int p = 0; p < width; p++) {
        const ptrdiff_t first = 16 * (panel + p), left = product->columns - first;
        const ptrdiff_t place = row * product->out_row + (panel + p) * product->out_panel;
        if (left >= 16) {
            FIGMENT_FLAT for (int r = 0; r < height; r++) {
                figment_lanes value = sums[r][p];
                if (product->addend) value += FIGMENT_LOAD(product->addend + place + r * product->out_row);
                if (product->bias) value += FIGMENT_LOAD(product->bias + first);
                FIGMENT_STORE(product->out + place + r * product->out_row, value);
            }
        } else {
            FIGMENT_FLAT for (int r = 0; r < height; r++) {
                float values[16];
                memcpy(values, &sums[r][p], sizeof values);
                for (ptrdiff_t c = 0; c < left; c++) {
                    float value = values[c];
                    if (product->addend) value += product->addend[place + r * product->out_row + c];
                    if (product->bias) value += product->bias[first + c];
                    product->out[place + r * product->out_row + c] = value;
                }
            }
        }
    }
}

// All rows of `width` panels, `height` at a time as long as there are as many.
FIGMENT_ALWAYS void figment_product_panels(
    int height, int width, const figment_product *product, ptrdiff_t panel)
{
    ptrdiff_t row = 0, rows = product->row_count;
    for (; row + height <= rows; row += height) figment_product_tile(height, width, product, row, panel);
    if (height > 8)
        for (; row + 8 <= rows; row += 8) figment_product_tile(8, width, product, row, panel);
    if (height > 4)
        for (; row + 4 <= rows; row += 4) figment_product_tile(4, width, product, row, panel);
    if (height > 2)
        for (; row + 2 <= rows; row += 2) figment_product_tile(2, width, product, row, panel);
    for (; row < rows; row++) figment_product_tile(1, width, product, row, panel);
}

// Few rows leave registers for more panels, whose sums do not wait for each other.
#define FIGMENT_DEFINE_PANEL_PRODUCT(name, attribute, height, width)                                                   \
    attribute static inline void name(const figment_product *product)                                                  \
    {                                                                                                                  \
        const ptrdiff_t panels = (product->columns + 15) / 16;                                                         \
        ptrdiff_t panel = 0;                                                                                           \
        if (product->row_count <= 2) {                                                                                 \
            for (; panel + 4 <= panels; panel += 4) figment_product_panels(2, 4, product, panel);                      \
        } else if (width > 1) {                                                                                        \
            for (; panel + width <= panels; panel += width) figment_product_panels(height, width, product, panel);     \
        }                                                                                                              \
        for (; panel < panels; panel++) figment_product_panels(height, 1, product, panel);                             \
    }

#if defined(__aarch64__)
FIGMENT_DEFINE_PANEL_PRODUCT(figment_panel_product_plain, , 6, 1)
#else
FIGMENT_DEFINE_PANEL_PRODUCT(figment_panel_product_plain, , 2, 1)
#endif
#if defined(__x86_64__)
FIGMENT_DEFINE_PANEL_PRODUCT(figment_panel_product_middle, FIGMENT_MIDDLE_FUSED, 6, 1)
FIGMENT_DEFINE_PANEL_PRODUCT(figment_panel_product_wide, FIGMENT_WIDE_FUSED, 12, 2)
#endif

static inline void figment_panel_product(figment_vectors vectors, const figment_product *product)
{
#if defined(__x86_64__)
    if (vectors == figment_vectors_wide) return figment_panel_product_wide(product);
    if (vectors == figment_vectors_middle) return figment_panel_product_middle(product);
#endif
    figment_panel_product_plain(product);
}

// Panels [depth, 16] of rows `rows[k]` [columns], zeros beyond the last column; panels begin `panel_stride` apart.
static inline void figment_pack_rows(
    const float *rows, ptrdiff_t row_stride, ptrdiff_t depth, ptrdiff_t columns, float *panels, ptrdiff_t panel_stride)
{
    for (ptrdiff_t c = 0; c < columns; c += 16) {
        float *out = panels + c / 16 * panel_stride;
        const ptrdiff_t width = columns - c < 16 ? columns - c : 16;
        if (width == 16) {
            for (ptrdiff_t k = 0; k < depth; k++) FIGMENT_STORE(out + 16 * k, FIGMENT_LOAD(rows + k * row_stride + c));
        } else {
            for (ptrdiff_t k = 0; k < depth; k++) {
                FIGMENT_STORE(out + 16 * k, (figment_lanes){0});
                memcpy(out + 16 * k, rows + k * row_stride + c, width * sizeof(float));
            }
        }
    }
}

// out[c][r] = rows[r][c] for columns c below `columns`; each of `row_count` rows begins at its pointer plus `offset`.
static inline void figment_transpose(
    const float *const *rows, ptrdiff_t offset, ptrdiff_t row_count, ptrdiff_t columns, float *out,
    ptrdiff_t out_stride)
{
    ptrdiff_t r = 0;
    for (; r + 8 <= row_count; r += 8) {
        ptrdiff_t c = 0;
        for (; c + 4 <= columns; c += 4) {
            // Four columns of eight rows: whole cache lines are read, and written before they leave the cache.
            float block[4][8];
            for (int i = 0; i < 8; i++)
                for (int j = 0; j < 4; j++) block[j][i] = rows[r + i][offset + c + j];
            for (int j = 0; j < 4; j++) memcpy(out + (c + j) * out_stride + r, block[j], sizeof block[j]);
        }
        for (; c < columns; c++)
            for (int i = 0; i < 8; i++) out[c * out_stride + r + i] = rows[r + i][offset + c];
    }
    for (; r < row_count; r++)
        for (ptrdiff_t c = 0; c < columns; c++) out[c * out_stride + r] = rows[r][offset + c];
}
