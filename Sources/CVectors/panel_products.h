// Products of rows with a matrix that lies in panels: sixteen of its columns side by side, row after row, zeros beyond
// the last column. Each value is summed in the order of the depth, whatever rows and columns are computed beside it.
#pragma once
#include "bfloat16.h"
#include "transposition.h"

// The lines whose products are added one after the other; then their sum is added to that of the lines before. It
// rounds half as much as a sum of 320 lines in a row.
#define FIGMENT_CHAIN 64

// How both sides of a product lie in memory.
typedef enum {
    // Floats.
    figment_format_floats,
    // Floats, the rows of a tile interleaved: the values of a line are neighbours (figment_interleave_rows).
    figment_format_interleaved,
    // Panels of pairs: two values as bfloat16, one depth after the other, in the place of a float, the first in the lower
    // half. Rows of floats that were rounded to bfloat16.
    figment_format_widened,
    // Both in pairs, for the instruction that multiplies them: that of AVX-512 BF16.
    figment_format_pairs,
} figment_format;

// out[r][c] = Σ rows[s][r][k]·panels[s·piece + k][c] over all steps s and all k below piece, plus addend and bias.
//
// Where panels hold pairs, k counts these, and so do `piece` and `offset`; a pair's later product is added first.
typedef struct {
    // Where the piece of each row begins at each step: row r's at step s is `rows[s * row_stride + r] + offset`.
    const float *const *rows;
    ptrdiff_t row_stride, offset, steps, piece;
    // The same rows interleaved, where the format says so.
    const float *interleaved;
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

// Has the caches fetch what `figment_product_finish` will read and write, while the products are made.
FIGMENT_ALWAYS void figment_product_prefetch(
    int height, int width, const figment_product *product, ptrdiff_t row, ptrdiff_t panel)
{
    FIGMENT_FLAT for (int r = 0; r < height; r++)
        FIGMENT_FLAT for (int p = 0; p < width; p++) {
            const ptrdiff_t place = (row + r) * product->out_row + (panel + p) * product->out_panel;
            __builtin_prefetch(product->out + place, 1);
            if (product->addend && product->addend != product->out) __builtin_prefetch(product->addend + place);
        }
}

// Writes the sums of `height` rows of `width` panels from a row and a panel on.
FIGMENT_ALWAYS void figment_product_finish(
    int height, int width, const figment_product *product, ptrdiff_t row, ptrdiff_t panel,
    const figment_lanes (*sums)[4])
{
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

// Adds what the rows at `x` make of the panels' line at `weights`, which is line k of the rows' pieces.
FIGMENT_ALWAYS void figment_product_step(
    figment_format format, int height, int width, const float *const *x, ptrdiff_t k, const float *weights,
    ptrdiff_t stride, figment_lanes (*sums)[4])
{
    figment_lanes former[4], latter[4];
    FIGMENT_FLAT for (int p = 0; p < width; p++) {
        if (format <= figment_format_interleaved) {
            former[p] = FIGMENT_LOAD(weights + p * stride);
        } else {
            const figment_words pairs = FIGMENT_LOAD_WORDS(weights + p * stride);
            former[p] = (figment_lanes)(pairs << 16);
            latter[p] = (figment_lanes)(pairs & 0xFFFF0000u);
        }
    }
    FIGMENT_FLAT for (int r = 0; r < height; r++) {
        if (format <= figment_format_interleaved) {
            const float value = x[r][format == figment_format_interleaved ? k * height : k];
            FIGMENT_FLAT for (int p = 0; p < width; p++) sums[r][p] += value * former[p];
        } else {
            const float first = x[r][2 * k], second = x[r][2 * k + 1];
            FIGMENT_FLAT for (int p = 0; p < width; p++) sums[r][p] += second * latter[p];
            FIGMENT_FLAT for (int p = 0; p < width; p++) sums[r][p] += first * former[p];
        }
    }
}

// The rows of the tile that is computed next, where `left` are left: as many as the registers hold, or the most of a few
// sizes.
FIGMENT_ALWAYS int figment_tile_height(int greatest, ptrdiff_t left)
{
    return left >= greatest ? greatest : left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

#define FIGMENT_LOOP(name) name
#define FIGMENT_LOOP_ATTRIBUTE
#include "panel_loops.h"

#if defined(__x86_64__)
// The same by the instruction for pairs, which takes denormals for zeros.
FIGMENT_BFLOAT16 FIGMENT_ALWAYS void figment_product_step_native(
    figment_format format, int height, int width, const float *const *x, ptrdiff_t k, const float *weights,
    ptrdiff_t stride, figment_lanes (*sums)[4])
{
    typedef __bf16 halves __attribute__((vector_size(64)));
    typedef float floats __attribute__((vector_size(64)));
    halves pairs[4];
    FIGMENT_FLAT for (int p = 0; p < width; p++) pairs[p] = (halves)FIGMENT_LOAD_WORDS(weights + p * stride);
    FIGMENT_FLAT for (int r = 0; r < height; r++) {
        const halves pair = (halves)(((const figment_word *)x[r])[k] - (figment_words){0});
        FIGMENT_FLAT for (int p = 0; p < width; p++)
            sums[r][p] = (figment_lanes)__builtin_ia32_dpbf16ps_512((floats)sums[r][p], pair, pairs[p]);
    }
}

#define FIGMENT_LOOP(name) name##_native
#define FIGMENT_LOOP_ATTRIBUTE FIGMENT_BFLOAT16
#include "panel_loops.h"
#endif

#define FIGMENT_DEFINE_PANEL_PRODUCT(name, attribute, height, width)                                                   \
    attribute static inline void name(figment_format format, const figment_product *product)                          \
    {                                                                                                                  \
        if (format == figment_format_floats)                                                                           \
            figment_product_all(figment_format_floats, height, width, product);                                        \
        else if (format == figment_format_interleaved)                                                                 \
            figment_product_all(figment_format_interleaved, height, width, product);                                   \
        else                                                                                                           \
            figment_product_all(figment_format_widened, height, width, product);                                       \
    }

// The rows whose sums, of one panel or of two, the registers hold.
#if defined(__aarch64__)
#define FIGMENT_HEIGHT_PLAIN 6
#else
#define FIGMENT_HEIGHT_PLAIN 2
#endif
#define FIGMENT_HEIGHT_MIDDLE 6
#define FIGMENT_HEIGHT_WIDE 12

FIGMENT_DEFINE_PANEL_PRODUCT(figment_panel_product_plain, , FIGMENT_HEIGHT_PLAIN, 1)
#if defined(__x86_64__)
FIGMENT_DEFINE_PANEL_PRODUCT(figment_panel_product_middle, FIGMENT_MIDDLE_FUSED, FIGMENT_HEIGHT_MIDDLE, 1)
FIGMENT_DEFINE_PANEL_PRODUCT(figment_panel_product_wide, FIGMENT_WIDE_FUSED, FIGMENT_HEIGHT_WIDE, 2)

FIGMENT_BFLOAT16 static inline void figment_panel_product_native(const figment_product *product)
{
    figment_product_all_native(figment_format_pairs, FIGMENT_HEIGHT_WIDE, 2, product);
}
#endif

static inline void figment_panel_product(
    figment_vectors vectors, figment_format format, const figment_product *product)
{
#if defined(__x86_64__)
    if (format == figment_format_pairs) return figment_panel_product_native(product);
#endif
    FIGMENT_CALL(vectors, figment_panel_product, format, product);
}

// Writes a product's rows [row_count, steps · piece] tile by tile as `figment_panel_product` takes them interleaved.
static inline void figment_interleave_rows(figment_vectors vectors, const figment_product *product, float *out)
{
    const int greatest = vectors == figment_vectors_wide     ? FIGMENT_HEIGHT_WIDE
                         : vectors == figment_vectors_middle ? FIGMENT_HEIGHT_MIDDLE
                                                             : FIGMENT_HEIGHT_PLAIN;
    for (ptrdiff_t row = 0; row < product->row_count;) {
        const int height = figment_tile_height(greatest, product->row_count - row);
        for (ptrdiff_t s = 0; s < product->steps; s++, out += height * product->piece)
            figment_transpose(
                vectors, product->rows + s * product->row_stride + row, product->offset, height, product->piece, out,
                height);
        row += height;
    }
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
