// Transposing rows that lie anywhere, compiled twice as it takes AVX2 to do it by eights.
#pragma once
#include "shim.h"

typedef float figment_four __attribute__((vector_size(16), aligned(4), may_alias));
typedef float figment_two __attribute__((vector_size(8), aligned(4), may_alias));

// Eight rows of eight values, as eight columns: pairs of rows are interleaved, then fours, then eights.
FIGMENT_ALWAYS void figment_transpose_eight(
    const float *const *rows, ptrdiff_t offset, float *out, ptrdiff_t out_stride)
{
    figment_eight a[8], b[8];
    FIGMENT_FLAT for (int i = 0; i < 8; i++) a[i] = *(const figment_eight *)(rows[i] + offset);
    FIGMENT_FLAT for (int i = 0; i < 8; i += 2) {
        b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
        b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
    }
    FIGMENT_FLAT for (int i = 0; i < 8; i += 4) {
        FIGMENT_FLAT for (int j = 0; j < 2; j++) {
            a[i + 2 * j] = __builtin_shufflevector(b[i + j], b[i + j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            a[i + 2 * j + 1] = __builtin_shufflevector(b[i + j], b[i + j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    }
    FIGMENT_FLAT for (int i = 0; i < 4; i++) {
        *(figment_eight *)(out + i * out_stride) =
            __builtin_shufflevector(a[i], a[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        *(figment_eight *)(out + (i + 4) * out_stride) =
            __builtin_shufflevector(a[i], a[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

// Four of four, in the same way.
FIGMENT_ALWAYS void figment_transpose_four(
    const float *const *rows, ptrdiff_t offset, float *out, ptrdiff_t out_stride)
{
    figment_four a[4], b[4];
    FIGMENT_FLAT for (int i = 0; i < 4; i++) a[i] = *(const figment_four *)(rows[i] + offset);
    FIGMENT_FLAT for (int i = 0; i < 4; i += 2) {
        b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 4, 1, 5);
        b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 2, 6, 3, 7);
    }
    FIGMENT_FLAT for (int i = 0; i < 2; i++) {
        *(figment_four *)(out + 2 * i * out_stride) = __builtin_shufflevector(b[i], b[i + 2], 0, 1, 4, 5);
        *(figment_four *)(out + (2 * i + 1) * out_stride) = __builtin_shufflevector(b[i], b[i + 2], 2, 3, 6, 7);
    }
}

// Two of two.
FIGMENT_ALWAYS void figment_transpose_two(
    const float *const *rows, ptrdiff_t offset, float *out, ptrdiff_t out_stride)
{
    const figment_two a = *(const figment_two *)(rows[0] + offset), b = *(const figment_two *)(rows[1] + offset);
    *(figment_two *)out = __builtin_shufflevector(a, b, 0, 2);
    *(figment_two *)(out + out_stride) = __builtin_shufflevector(a, b, 1, 3);
}

// Transposes `size` rows at a time as long as there are as many, from row r on.
#define FIGMENT_TRANSPOSE_ROWS(size, transpose_block)                                                                  \
    for (; r + size <= row_count; r += size) {                                                                         \
        ptrdiff_t c = 0;                                                                                               \
        for (; c + size <= columns; c += size)                                                                         \
            transpose_block(rows + r, offset + c, out + c * out_stride + r, out_stride);                               \
        for (; c < columns; c++)                                                                                       \
            for (int i = 0; i < size; i++) out[c * out_stride + r + i] = rows[r + i][offset + c];                      \
    }

#define FIGMENT_DEFINE_TRANSPOSE(name, attribute)                                                                      \
    attribute static inline void name(                                                                                 \
        const float *const *rows, ptrdiff_t offset, ptrdiff_t row_count, ptrdiff_t columns, float *out,                \
        ptrdiff_t out_stride)                                                                                          \
    {                                                                                                                  \
        ptrdiff_t r = 0;                                                                                               \
        FIGMENT_TRANSPOSE_ROWS(8, figment_transpose_eight)                                                             \
        FIGMENT_TRANSPOSE_ROWS(4, figment_transpose_four)                                                              \
        FIGMENT_TRANSPOSE_ROWS(2, figment_transpose_two)                                                               \
        for (; r < row_count; r++)                                                                                     \
            for (ptrdiff_t c = 0; c < columns; c++) out[c * out_stride + r] = rows[r][offset + c];                     \
    }

FIGMENT_DEFINE_TRANSPOSE(figment_transpose_plain, )
#if defined(__x86_64__)
FIGMENT_DEFINE_TRANSPOSE(figment_transpose_middle, FIGMENT_MIDDLE)
#endif

// out[c][r] = rows[r][c] for columns c below `columns`; each of `row_count` rows begins at its pointer plus `offset`.
static inline void figment_transpose(
    figment_vectors vectors, const float *const *rows, ptrdiff_t offset, ptrdiff_t row_count, ptrdiff_t columns,
    float *out, ptrdiff_t out_stride)
{
#if defined(__x86_64__)
    if (vectors != figment_vectors_plain)
        return figment_transpose_middle(rows, offset, row_count, columns, out, out_stride);
#endif
    figment_transpose_plain(rows, offset, row_count, columns, out, out_stride);
}
