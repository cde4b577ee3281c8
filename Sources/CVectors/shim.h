// Loops over sixteen channels at a time, for instructions that Swift's compiler does not emit for a library that must
// run on any processor. Each is compiled three times; `figment_vectors` says which one this processor has.
//
// Winograd's transforms, here, fuse no products with sums, so that all three give the same bits.
#pragma once
#include <stddef.h>
#include <string.h>

#if defined(__x86_64__)
#define FIGMENT_WIDE __attribute__((target("avx512f,avx512vl"), unused))
#define FIGMENT_MIDDLE __attribute__((target("avx2"), unused))
// The same with products fused with sums, for loops whose last bits may differ between kinds of processors.
#define FIGMENT_WIDE_FUSED __attribute__((target("avx512f,avx512vl,fma"), unused))
#define FIGMENT_MIDDLE_FUSED __attribute__((target("avx2,fma"), unused))
#endif

#define FIGMENT_ALWAYS __attribute__((always_inline)) static inline
// Sums stay in registers only where the loops over them are laid out flat.
#define FIGMENT_FLAT _Pragma("clang loop unroll(full)")

typedef float figment_lanes __attribute__((vector_size(64), aligned(4), may_alias));

#define FIGMENT_LOAD(place) (*(const figment_lanes *)(place))
#define FIGMENT_STORE(place, value) (*(figment_lanes *)(place) = (value))

// d: six values of a row or column; o: Bᵀd for Winograd's F(4, 3) (Lavin and Gray, 2015, equation 4.12's points).
#define FIGMENT_WINOGRAD_INPUT(d, o)                                                                                   \
    do {                                                                                                               \
        figment_lanes a = d[4] - 4 * d[2], b = d[3] - 4 * d[1], c = d[4] - d[2], e = 2 * (d[3] - d[1]);               \
        o[0] = 4 * d[0] - 5 * d[2] + d[4];                                                                             \
        o[1] = a + b;                                                                                                  \
        o[2] = a - b;                                                                                                  \
        o[3] = c + e;                                                                                                  \
        o[4] = c - e;                                                                                                  \
        o[5] = 4 * d[1] - 5 * d[3] + d[5];                                                                             \
    } while (0)

// m: six values; o: the four of Aᵀm.
#define FIGMENT_WINOGRAD_OUTPUT(m, o)                                                                                  \
    do {                                                                                                               \
        figment_lanes a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], e = m[3] - m[4];                             \
        o[0] = m[0] + a + c;                                                                                           \
        o[1] = b + 2 * e;                                                                                              \
        o[2] = a + 4 * c;                                                                                              \
        o[3] = b + 8 * e + m[5];                                                                                       \
    } while (0)

// Transforms 6 × 6 pixels of sixteen channels each: pixel (i, j) at `rows[i] + j * pixel` where rows[i] is there and
// j is in [first, last), else zeros; place (i, j) of the result goes to `out + (6 i + j) * plane`.
#define FIGMENT_DEFINE_WINOGRAD_INPUT(name, attribute)                                                                 \
    attribute static inline void name(                                                                                 \
        const float *const *rows, ptrdiff_t pixel, int first, int last, ptrdiff_t channels, float *out,                \
        ptrdiff_t plane)                                                                                               \
    {                                                                                                                  \
        _Pragma("clang fp contract(off)") for (ptrdiff_t k = 0; k < channels; k += 16)                                 \
        {                                                                                                              \
            figment_lanes t[6][6];                                                                                     \
            for (int j = 0; j < 6; j++) {                                                                              \
                figment_lanes d[6], o[6];                                                                              \
                for (int i = 0; i < 6; i++)                                                                            \
                    d[i] = rows[i] && j >= first && j < last ? FIGMENT_LOAD(rows[i] + j * pixel + k)                   \
                                                             : (figment_lanes){0};                                     \
                FIGMENT_WINOGRAD_INPUT(d, o);                                                                          \
                for (int i = 0; i < 6; i++) t[i][j] = o[i];                                                            \
            }                                                                                                          \
            for (int i = 0; i < 6; i++) {                                                                              \
                figment_lanes o[6];                                                                                    \
                FIGMENT_WINOGRAD_INPUT(t[i], o);                                                                       \
                for (int j = 0; j < 6; j++) FIGMENT_STORE(out + (6 * i + j) * plane + k, o[j]);                        \
            }                                                                                                          \
        }                                                                                                              \
    }

// Transforms 36 places back to 4 × 4 pixels, of which the first `height` × `width` are wanted, and adds bias and
// residual, where there are any; the residual is laid out as `out` is.
#define FIGMENT_DEFINE_WINOGRAD_OUTPUT(name, attribute)                                                                \
    attribute static inline void name(                                                                                 \
        const float *products, ptrdiff_t plane, ptrdiff_t channels, const float *bias, const float *residual,          \
        float *out, ptrdiff_t row, int height, int width)                                                              \
    {                                                                                                                  \
        _Pragma("clang fp contract(off)") for (ptrdiff_t k = 0; k < channels; k += 16)                                 \
        {                                                                                                              \
            figment_lanes t[4][6];                                                                                     \
            for (int j = 0; j < 6; j++) {                                                                              \
                figment_lanes m[6], o[4];                                                                              \
                for (int i = 0; i < 6; i++) m[i] = FIGMENT_LOAD(products + (6 * i + j) * plane + k);                   \
                FIGMENT_WINOGRAD_OUTPUT(m, o);                                                                         \
                for (int i = 0; i < 4; i++) t[i][j] = o[i];                                                            \
            }                                                                                                          \
            figment_lanes shift = bias ? FIGMENT_LOAD(bias + k) : (figment_lanes){0};                                      \
            for (int i = 0; i < height; i++) {                                                                         \
                figment_lanes o[4];                                                                                    \
                FIGMENT_WINOGRAD_OUTPUT(t[i], o);                                                                      \
                for (int j = 0; j < width; j++) {                                                                      \
                    ptrdiff_t place = i * row + j * channels + k;                                                      \
                    figment_lanes value = o[j] + shift;                                                                \
                    if (residual) value += FIGMENT_LOAD(residual + place);                                             \
                    FIGMENT_STORE(out + place, value);                                                                 \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }

FIGMENT_DEFINE_WINOGRAD_INPUT(figment_winograd_input_plain, )
FIGMENT_DEFINE_WINOGRAD_OUTPUT(figment_winograd_output_plain, )
#if defined(__x86_64__)
FIGMENT_DEFINE_WINOGRAD_INPUT(figment_winograd_input_middle, FIGMENT_MIDDLE)
FIGMENT_DEFINE_WINOGRAD_OUTPUT(figment_winograd_output_middle, FIGMENT_MIDDLE)
FIGMENT_DEFINE_WINOGRAD_INPUT(figment_winograd_input_wide, FIGMENT_WIDE)
FIGMENT_DEFINE_WINOGRAD_OUTPUT(figment_winograd_output_wide, FIGMENT_WIDE)
#endif

typedef enum { figment_vectors_plain, figment_vectors_middle, figment_vectors_wide } figment_vectors;

static inline void figment_winograd_input(
    figment_vectors vectors, const float *const *rows, ptrdiff_t pixel, int first, int last, ptrdiff_t channels,
    float *out, ptrdiff_t plane)
{
#if defined(__x86_64__)
    if (vectors == figment_vectors_wide)
        return figment_winograd_input_wide(rows, pixel, first, last, channels, out, plane);
    if (vectors == figment_vectors_middle)
        return figment_winograd_input_middle(rows, pixel, first, last, channels, out, plane);
#endif
    figment_winograd_input_plain(rows, pixel, first, last, channels, out, plane);
}

static inline void figment_winograd_output(
    figment_vectors vectors, const float *products, ptrdiff_t plane, ptrdiff_t channels, const float *bias,
    const float *residual, float *out, ptrdiff_t row, int height, int width)
{
#if defined(__x86_64__)
    if (vectors == figment_vectors_wide)
        return figment_winograd_output_wide(products, plane, channels, bias, residual, out, row, height, width);
    if (vectors == figment_vectors_middle)
        return figment_winograd_output_middle(products, plane, channels, bias, residual, out, row, height, width);
#endif
    figment_winograd_output_plain(products, plane, channels, bias, residual, out, row, height, width);
}
