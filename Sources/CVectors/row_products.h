// Products of a few rows with a matrix, which is read once where it stands: what decoding token by token spends its
// time on. A row's result depends neither on how many rows come with it nor on the processor.
#pragma once
#include "shim.h"

// y[r][c] += Σ x[r][i]·w[i][c] for `rows` rows and `lanes` times sixteen columns, the sum made in the order of i.
FIGMENT_ALWAYS void figment_row_panel(
    int rows, int lanes, const float *x, ptrdiff_t x_stride, const float *w, ptrdiff_t w_stride, ptrdiff_t depth,
    float *y, ptrdiff_t y_stride)
{
    _Pragma("clang fp contract(off)")
    figment_lanes sums[4][8];
    FIGMENT_FLAT for (int r = 0; r < rows; r++)
        FIGMENT_FLAT for (int l = 0; l < lanes; l++) sums[r][l] = FIGMENT_LOAD(y + r * y_stride + 16 * l);
    for (ptrdiff_t i = 0; i < depth; i++) {
        const float *line = w + i * w_stride;
        FIGMENT_FLAT for (int l = 0; l < lanes; l++) {
            // A matrix's rows are pages apart, where the processor does not look ahead by itself.
            __builtin_prefetch(line + 8 * w_stride + 16 * l);
            figment_lanes weight = FIGMENT_LOAD(line + 16 * l);
            FIGMENT_FLAT for (int r = 0; r < rows; r++) sums[r][l] += x[r * x_stride + i] * weight;
        }
    }
    FIGMENT_FLAT for (int r = 0; r < rows; r++)
        FIGMENT_FLAT for (int l = 0; l < lanes; l++) FIGMENT_STORE(y + r * y_stride + 16 * l, sums[r][l]);
}

// The panels of one group of rows; what is left of the columns is added one by one, in the same order.
FIGMENT_ALWAYS void figment_row_group(
    int rows, int widest, const float *x, ptrdiff_t x_stride, const float *w, ptrdiff_t w_stride, ptrdiff_t depth,
    float *y, ptrdiff_t y_stride, ptrdiff_t columns)
{
    _Pragma("clang fp contract(off)")
    ptrdiff_t c = 0;
    for (; c + 16 * widest <= columns; c += 16 * widest)
        figment_row_panel(rows, widest, x, x_stride, w + c, w_stride, depth, y + c, y_stride);
    for (; c + 32 <= columns; c += 32)
        figment_row_panel(rows, 2, x, x_stride, w + c, w_stride, depth, y + c, y_stride);
    for (; c + 16 <= columns; c += 16)
        figment_row_panel(rows, 1, x, x_stride, w + c, w_stride, depth, y + c, y_stride);
    for (; c < columns; c++)
        for (int r = 0; r < rows; r++) {
            float sum = y[r * y_stride + c];
            for (ptrdiff_t i = 0; i < depth; i++) sum += x[r * x_stride + i] * w[i * w_stride + c];
            y[r * y_stride + c] = sum;
        }
}

#define FIGMENT_DEFINE_ROW_PRODUCT(name, attribute)                                                                    \
    attribute static inline void name(                                                                                 \
        const float *x, ptrdiff_t x_stride, ptrdiff_t rows, const float *w, ptrdiff_t w_stride, ptrdiff_t depth,       \
        float *y, ptrdiff_t y_stride, ptrdiff_t columns)                                                               \
    {                                                                                                                  \
        ptrdiff_t r = 0;                                                                                               \
        for (; r + 4 <= rows; r += 4)                                                                                  \
            figment_row_group(                                                                                         \
                4, 4, x + r * x_stride, x_stride, w, w_stride, depth, y + r * y_stride, y_stride, columns);            \
        for (; r + 2 <= rows; r += 2)                                                                                  \
            figment_row_group(                                                                                         \
                2, 4, x + r * x_stride, x_stride, w, w_stride, depth, y + r * y_stride, y_stride, columns);            \
        for (; r < rows; r++)                                                                                          \
            figment_row_group(                                                                                         \
                1, 8, x + r * x_stride, x_stride, w, w_stride, depth, y + r * y_stride, y_stride, columns);            \
    }

// y[r][o] += Σ x[r][i]·t[o][i] for `rows` rows and `outputs` of the table's: sixteen sums, then the rest, then their sum.
FIGMENT_ALWAYS void figment_table_panel(
    int rows, int outputs, const float *x, ptrdiff_t x_stride, const float *t, ptrdiff_t depth, float *y,
    ptrdiff_t y_stride)
{
    _Pragma("clang fp contract(off)")
    figment_lanes sums[4][4];
    FIGMENT_FLAT for (int r = 0; r < rows; r++)
        FIGMENT_FLAT for (int o = 0; o < outputs; o++) sums[r][o] = (figment_lanes){0};
    ptrdiff_t whole = depth & ~(ptrdiff_t)15;
    for (ptrdiff_t i = 0; i < whole; i += 16)
        FIGMENT_FLAT for (int o = 0; o < outputs; o++) {
            figment_lanes weight = FIGMENT_LOAD(t + o * depth + i);
            FIGMENT_FLAT for (int r = 0; r < rows; r++) sums[r][o] += FIGMENT_LOAD(x + r * x_stride + i) * weight;
        }
    FIGMENT_FLAT for (int r = 0; r < rows; r++)
        FIGMENT_FLAT for (int o = 0; o < outputs; o++) {
            float half[16];
            memcpy(half, &sums[r][o], sizeof half);
            for (int width = 8; width; width /= 2)
                for (int l = 0; l < width; l++) half[l] += half[l + width];
            float sum = half[0];
            for (ptrdiff_t i = whole; i < depth; i++) sum += x[r * x_stride + i] * t[o * depth + i];
            y[r * y_stride + o] += sum;
        }
}

#define FIGMENT_DEFINE_TABLE_PRODUCT(name, attribute)                                                                  \
    attribute static inline void name(                                                                                 \
        const float *x, ptrdiff_t x_stride, ptrdiff_t rows, const float *t, ptrdiff_t depth, float *y,                 \
        ptrdiff_t y_stride, ptrdiff_t outputs)                                                                         \
    {                                                                                                                  \
        ptrdiff_t o = 0;                                                                                               \
        for (; o + 4 <= outputs; o += 4) {                                                                             \
            ptrdiff_t r = 0;                                                                                           \
            for (; r + 4 <= rows; r += 4)                                                                              \
                figment_table_panel(                                                                                   \
                    4, 4, x + r * x_stride, x_stride, t + o * depth, depth, y + r * y_stride + o, y_stride);           \
            for (; r < rows; r++)                                                                                      \
                figment_table_panel(                                                                                   \
                    1, 4, x + r * x_stride, x_stride, t + o * depth, depth, y + r * y_stride + o, y_stride);           \
        }                                                                                                              \
        for (; o < outputs; o++)                                                                                       \
            for (ptrdiff_t r = 0; r < rows; r++)                                                                       \
                figment_table_panel(                                                                                   \
                    1, 1, x + r * x_stride, x_stride, t + o * depth, depth, y + r * y_stride + o, y_stride);           \
    }

FIGMENT_DEFINE_FOR_ALL(FIGMENT_DEFINE_ROW_PRODUCT, figment_row_product)
FIGMENT_DEFINE_FOR_ALL(FIGMENT_DEFINE_TABLE_PRODUCT, figment_table_product)

// y[R, C] += x[R, I]·w[I, C]; rows begin `..._stride` floats apart.
static inline void figment_row_product(
    figment_vectors vectors, const float *x, ptrdiff_t x_stride, ptrdiff_t rows, const float *w, ptrdiff_t w_stride,
    ptrdiff_t depth, float *y, ptrdiff_t y_stride, ptrdiff_t columns)
{
    FIGMENT_CALL(vectors, figment_row_product, x, x_stride, rows, w, w_stride, depth, y, y_stride, columns);
}

// y[R, O] += x[R, I]·t[O, I]ᵀ, the table's rows close together.
static inline void figment_table_product(
    figment_vectors vectors, const float *x, ptrdiff_t x_stride, ptrdiff_t rows, const float *t, ptrdiff_t depth,
    float *y, ptrdiff_t y_stride, ptrdiff_t outputs)
{
    FIGMENT_CALL(vectors, figment_table_product, x, x_stride, rows, t, depth, y, y_stride, outputs);
}
