// Winograd's transforms for F(4 × 4, 3 × 3), and their ways back (Lavin and Gray, 2015), of sixteen channels at a time.
//
// They fuse no products with sums, so that all kinds of processors get the same bits.
#pragma once
#include "shim.h"

// The polynomials are multiplied at 0, ±5/8, ±3/2 and ∞, where rounding does half the harm that it does at the ±1 and ±2
// of the paper; these numbers, their squares, cubes and products are floats without rounding.
#define FIGMENT_NEAR 0.625
#define FIGMENT_FAR 1.5
#define FIGMENT_NEAR_2 (FIGMENT_NEAR * FIGMENT_NEAR)
#define FIGMENT_FAR_2 (FIGMENT_FAR * FIGMENT_FAR)
#define FIGMENT_NEAR_3 (FIGMENT_NEAR_2 * FIGMENT_NEAR)
#define FIGMENT_FAR_3 (FIGMENT_FAR_2 * FIGMENT_FAR)
// What a value at ±near, ±far and 0 weighs: one over the product of the point's distances from the other finite ones.
#define FIGMENT_NEAR_SHARE (1 / (2 * FIGMENT_NEAR_2 * (FIGMENT_NEAR_2 - FIGMENT_FAR_2)))
#define FIGMENT_FAR_SHARE (1 / (2 * FIGMENT_FAR_2 * (FIGMENT_FAR_2 - FIGMENT_NEAR_2)))
#define FIGMENT_ZERO_SHARE (1 / (FIGMENT_NEAR_2 * FIGMENT_FAR_2))

// d: six values of a row or column; o: the six of Bᵀd.
#define FIGMENT_WINOGRAD_INPUT(d, o)                                                                                   \
    do {                                                                                                               \
        figment_lanes a = d[4] - FIGMENT_FAR_2 * d[2], b = FIGMENT_NEAR * (d[3] - FIGMENT_FAR_2 * d[1]);               \
        figment_lanes c = d[4] - FIGMENT_NEAR_2 * d[2], e = FIGMENT_FAR * (d[3] - FIGMENT_NEAR_2 * d[1]);              \
        o[0] = FIGMENT_NEAR_2 * FIGMENT_FAR_2 * d[0] - (FIGMENT_NEAR_2 + FIGMENT_FAR_2) * d[2] + d[4];                 \
        o[1] = a + b;                                                                                                  \
        o[2] = a - b;                                                                                                  \
        o[3] = c + e;                                                                                                  \
        o[4] = c - e;                                                                                                  \
        o[5] = FIGMENT_NEAR_2 * FIGMENT_FAR_2 * d[1] - (FIGMENT_NEAR_2 + FIGMENT_FAR_2) * d[3] + d[5];                 \
    } while (0)

// m: six values; o: the four of Aᵀm.
#define FIGMENT_WINOGRAD_OUTPUT(m, o)                                                                                  \
    do {                                                                                                               \
        figment_lanes a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], e = m[3] - m[4];                              \
        o[0] = m[0] + a + c;                                                                                           \
        o[1] = FIGMENT_NEAR * b + FIGMENT_FAR * e;                                                                     \
        o[2] = FIGMENT_NEAR_2 * a + FIGMENT_FAR_2 * c;                                                                 \
        o[3] = FIGMENT_NEAR_3 * b + FIGMENT_FAR_3 * e + m[5];                                                          \
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

FIGMENT_DEFINE_FOR_ALL(FIGMENT_DEFINE_WINOGRAD_INPUT, figment_winograd_input)
FIGMENT_DEFINE_FOR_ALL(FIGMENT_DEFINE_WINOGRAD_OUTPUT, figment_winograd_output)

// g: three weights of a row or column; o: the six of Gg.
#define FIGMENT_WINOGRAD_WEIGHTS(g, o)                                                                                 \
    do {                                                                                                               \
        figment_eight a = (float)FIGMENT_NEAR_SHARE * (g[0] + FIGMENT_NEAR_2 * g[2]);                                  \
        figment_eight b = (float)(FIGMENT_NEAR_SHARE * FIGMENT_NEAR) * g[1];                                           \
        figment_eight c = (float)FIGMENT_FAR_SHARE * (g[0] + FIGMENT_FAR_2 * g[2]);                                    \
        figment_eight e = (float)(FIGMENT_FAR_SHARE * FIGMENT_FAR) * g[1];                                             \
        o[0] = (float)FIGMENT_ZERO_SHARE * g[0];                                                                       \
        o[1] = a + b;                                                                                                  \
        o[2] = a - b;                                                                                                  \
        o[3] = c + e;                                                                                                  \
        o[4] = c - e;                                                                                                  \
        o[5] = g[2];                                                                                                   \
    } while (0)

// u: six values; o: the three of Gᵀu.
#define FIGMENT_WINOGRAD_WEIGHTS_BACK(u, o)                                                                            \
    do {                                                                                                               \
        figment_doubles a = FIGMENT_NEAR_SHARE * (u[1] + u[2]), b = FIGMENT_NEAR_SHARE * (u[1] - u[2]);                \
        figment_doubles c = FIGMENT_FAR_SHARE * (u[3] + u[4]), e = FIGMENT_FAR_SHARE * (u[3] - u[4]);                  \
        o[0] = FIGMENT_ZERO_SHARE * u[0] + a + c;                                                                      \
        o[1] = FIGMENT_NEAR * b + FIGMENT_FAR * e;                                                                     \
        o[2] = FIGMENT_NEAR_2 * a + FIGMENT_FAR_2 * c + u[5];                                                          \
    } while (0)

// v: four values; o: the six of Av.
#define FIGMENT_WINOGRAD_OUTPUT_BACK(v, o)                                                                             \
    do {                                                                                                               \
        figment_lanes a = v[0] + FIGMENT_NEAR_2 * v[2], b = FIGMENT_NEAR * v[1] + FIGMENT_NEAR_3 * v[3];               \
        figment_lanes c = v[0] + FIGMENT_FAR_2 * v[2], e = FIGMENT_FAR * v[1] + FIGMENT_FAR_3 * v[3];                  \
        o[0] = v[0];                                                                                                   \
        o[1] = a + b;                                                                                                  \
        o[2] = a - b;                                                                                                  \
        o[3] = c + e;                                                                                                  \
        o[4] = c - e;                                                                                                  \
        o[5] = v[3];                                                                                                   \
    } while (0)

// GgGᵀ of `count` windows of weights side by side: place (i, j) of them is at `g + (3 i + j) * step`, of the result at
// `out + (6 i + j) * plane`. The nine places are more streams than the processor would fetch ahead by itself;
// of eight windows at a time most processors' registers hold what is between.
#define FIGMENT_DEFINE_WINOGRAD_WEIGHTS(name, attribute)                                                               \
    attribute static inline void name(const float *g, ptrdiff_t step, ptrdiff_t count, float *out, ptrdiff_t plane)    \
    {                                                                                                                  \
        _Pragma("clang fp contract(off)") for (ptrdiff_t k = 0; k < count; k += 8)                                     \
        {                                                                                                              \
            figment_eight t[6][3], o[6];                                                                               \
            FIGMENT_FLAT for (int j = 0; j < 3; j++) {                                                                 \
                figment_eight d[3];                                                                                    \
                FIGMENT_FLAT for (int i = 0; i < 3; i++) {                                                             \
                    const float *place = g + (3 * i + j) * step + k;                                                   \
                    d[i] = *(const figment_eight *)place;                                                              \
                    __builtin_prefetch(place + 64);                                                                    \
                }                                                                                                      \
                FIGMENT_WINOGRAD_WEIGHTS(d, o);                                                                        \
                FIGMENT_FLAT for (int i = 0; i < 6; i++) t[i][j] = o[i];                                               \
            }                                                                                                          \
            FIGMENT_FLAT for (int i = 0; i < 6; i++) {                                                                 \
                FIGMENT_WINOGRAD_WEIGHTS(t[i], o);                                                                     \
                FIGMENT_FLAT for (int j = 0; j < 6; j++) *(figment_eight *)(out + (6 * i + j) * plane + k) = o[j];     \
            }                                                                                                          \
        }                                                                                                              \
    }

typedef double figment_doubles __attribute__((vector_size(128), aligned(8)));

// Adds to the weights' gradient `dg`, laid out as weights are, GᵀuG of `count` windows, summed in double precision.
#define FIGMENT_DEFINE_WINOGRAD_WEIGHTS_BACK(name, attribute)                                                          \
    attribute static inline void name(const float *u, ptrdiff_t plane, ptrdiff_t count, float *dg, ptrdiff_t step)    \
    {                                                                                                                  \
        _Pragma("clang fp contract(off)") for (ptrdiff_t k = 0; k < count; k += 16)                                    \
        {                                                                                                              \
            figment_doubles t[3][6], o[3];                                                                             \
            for (int j = 0; j < 6; j++) {                                                                              \
                figment_doubles d[6];                                                                                  \
                for (int i = 0; i < 6; i++)                                                                            \
                    d[i] = __builtin_convertvector(FIGMENT_LOAD(u + (6 * i + j) * plane + k), figment_doubles);        \
                FIGMENT_WINOGRAD_WEIGHTS_BACK(d, o);                                                                   \
                for (int i = 0; i < 3; i++) t[i][j] = o[i];                                                            \
            }                                                                                                          \
            for (int i = 0; i < 3; i++) {                                                                              \
                FIGMENT_WINOGRAD_WEIGHTS_BACK(t[i], o);                                                                \
                for (int j = 0; j < 3; j++) {                                                                          \
                    float *place = dg + (3 * i + j) * step + k;                                                        \
                    FIGMENT_STORE(place, FIGMENT_LOAD(place) + __builtin_convertvector(o[j], figment_lanes));          \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }

// AvAᵀ of the first `height` × `width` of 4 × 4 pixels of sixteen channels each, the others zeros: pixel (i, j) at
// `dy + i * row + j * channels`, place (i, j) of the result at `out + (6 i + j) * plane`.
#define FIGMENT_DEFINE_WINOGRAD_OUTPUT_BACK(name, attribute)                                                           \
    attribute static inline void name(                                                                                 \
        const float *dy, ptrdiff_t row, int height, int width, ptrdiff_t channels, float *out, ptrdiff_t plane)       \
    {                                                                                                                  \
        _Pragma("clang fp contract(off)") for (ptrdiff_t k = 0; k < channels; k += 16)                                 \
        {                                                                                                              \
            figment_lanes t[6][4], o[6];                                                                               \
            for (int j = 0; j < 4; j++) {                                                                              \
                figment_lanes v[4];                                                                                    \
                for (int i = 0; i < 4; i++)                                                                            \
                    v[i] = i < height && j < width ? FIGMENT_LOAD(dy + i * row + j * channels + k)                     \
                                                   : (figment_lanes){0};                                               \
                FIGMENT_WINOGRAD_OUTPUT_BACK(v, o);                                                                    \
                for (int i = 0; i < 6; i++) t[i][j] = o[i];                                                            \
            }                                                                                                          \
            for (int i = 0; i < 6; i++) {                                                                              \
                FIGMENT_WINOGRAD_OUTPUT_BACK(t[i], o);                                                                 \
                for (int j = 0; j < 6; j++) FIGMENT_STORE(out + (6 * i + j) * plane + k, o[j]);                        \
            }                                                                                                          \
        }                                                                                                              \
    }

FIGMENT_DEFINE_FOR_ALL(FIGMENT_DEFINE_WINOGRAD_WEIGHTS, figment_winograd_weights)
FIGMENT_DEFINE_FOR_ALL(FIGMENT_DEFINE_WINOGRAD_WEIGHTS_BACK, figment_winograd_weights_back)
FIGMENT_DEFINE_FOR_ALL(FIGMENT_DEFINE_WINOGRAD_OUTPUT_BACK, figment_winograd_output_back)

static inline void figment_winograd_weights(
    figment_vectors vectors, const float *g, ptrdiff_t step, ptrdiff_t count, float *out, ptrdiff_t plane)
{
    FIGMENT_CALL(vectors, figment_winograd_weights, g, step, count, out, plane);
}

static inline void figment_winograd_weights_back(
    figment_vectors vectors, const float *u, ptrdiff_t plane, ptrdiff_t count, float *dg, ptrdiff_t step)
{
    FIGMENT_CALL(vectors, figment_winograd_weights_back, u, plane, count, dg, step);
}

static inline void figment_winograd_output_back(
    figment_vectors vectors, const float *dy, ptrdiff_t row, int height, int width, ptrdiff_t channels, float *out,
    ptrdiff_t plane)
{
    FIGMENT_CALL(vectors, figment_winograd_output_back, dy, row, height, width, channels, out, plane);
}

static inline void figment_winograd_input(
    figment_vectors vectors, const float *const *rows, ptrdiff_t pixel, int first, int last, ptrdiff_t channels,
    float *out, ptrdiff_t plane)
{
    FIGMENT_CALL(vectors, figment_winograd_input, rows, pixel, first, last, channels, out, plane);
}

static inline void figment_winograd_output(
    figment_vectors vectors, const float *products, ptrdiff_t plane, ptrdiff_t channels, const float *bias,
    const float *residual, float *out, ptrdiff_t row, int height, int width)
{
    FIGMENT_CALL(
        vectors, figment_winograd_output, products, plane, channels, bias, residual, out, row, height, width);
}
