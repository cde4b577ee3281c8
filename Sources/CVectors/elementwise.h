// Functions of every value of an array, compiled three times as the other loops are.
//
// Products are fused with sums where the processor can, so that last bits may differ between kinds of processors.
#pragma once
#include <stdint.h>
#include "panel_products.h"

typedef int32_t figment_integers __attribute__((vector_size(64), may_alias));

typedef enum {
    figment_function_silu,
    figment_function_gelu,
    figment_function_gelu_tanh,
    figment_function_quick_gelu,
    figment_function_relu,
} figment_function;

// Lanes are handed on by address: only code for AVX-512 may pass them in registers.

FIGMENT_ALWAYS void figment_fill(figment_lanes *lanes, float value) { *lanes = value - (figment_lanes){0}; }

// Of each lane `a` where the condition holds, else `b`; `out` may be either.
FIGMENT_ALWAYS void figment_choose(
    const figment_integers *condition, const figment_lanes *a, const figment_lanes *b, figment_lanes *out)
{
    *out = (figment_lanes)((*condition & (figment_integers)*a) | (~*condition & (figment_integers)*b));
}

// Makes x eˣ within 2 units in the last place, as `exponential` of Exponential.swift explains; NaN stays NaN.
FIGMENT_ALWAYS void figment_exponential(figment_lanes *x)
{
    figment_lanes limit;
    figment_fill(&limit, -87);
    figment_integers beyond = (figment_integers)(*x < limit);
    figment_choose(&beyond, &limit, x, x);
    figment_fill(&limit, 88);
    beyond = (figment_integers)(*x > limit);
    figment_choose(&beyond, &limit, x, x);
    const float shift = 12582912;  // 1.5·2²³
    figment_lanes shifted = *x * 1.44269504f + shift;
    figment_lanes n = shifted - shift;
    figment_lanes r = (*x - n * 0.693359375f) + n * 2.1219444e-4f;
    figment_lanes power = r * (1.0f / 5040) + 1.0f / 720;
    power = power * r + 1.0f / 120;
    power = power * r + 1.0f / 24;
    power = power * r + 1.0f / 6;
    power = power * r + 0.5f;
    power = power * r + 1.0f;
    power = power * r + 1.0f;
    *x = power * (figment_lanes)(((figment_integers)shifted << 23) + 0x3F800000);
}

// x·σ(factor·x).
FIGMENT_ALWAYS void figment_swish(figment_lanes *x, float factor)
{
    figment_lanes power = *x * -factor;
    figment_exponential(&power);
    *x = *x / (1.0f + power);
}

// Makes x its error function within 2·10⁻⁷, and `power` e^(−x²): Abramowitz and Stegun, formula 7.1.26.
FIGMENT_ALWAYS void figment_error_function(figment_lanes *x, figment_lanes *power)
{
    figment_integers sign = (figment_integers)*x & INT32_MIN;
    figment_lanes size = (figment_lanes)((figment_integers)*x & INT32_MAX);
    figment_lanes t = 1.0f / (1.0f + 0.3275911f * size);
    figment_lanes sum = 1.061405429f * t - 1.453152027f;
    sum = sum * t + 1.421413741f;
    sum = sum * t - 0.284496736f;
    sum = sum * t + 0.254829592f;
    *power = -size * size;
    figment_exponential(power);
    figment_lanes value = 1.0f - sum * t * *power;
    *x = (figment_lanes)((figment_integers)value | sign);
}

FIGMENT_ALWAYS void figment_apply(figment_function function, figment_lanes *x)
{
    figment_lanes inner, power;
    figment_integers condition;
    switch (function) {
    case figment_function_silu: figment_swish(x, 1); return;
    case figment_function_quick_gelu: figment_swish(x, 1.702f); return;
    case figment_function_gelu:
        inner = *x * 0.70710678f;
        figment_error_function(&inner, &power);
        *x = 0.5f * *x * (1.0f + inner);
        return;
    case figment_function_gelu_tanh:
        // tanh y = 1 − 2 / (1 + e²ʸ)
        inner = 1.59576912f * (*x + 0.044715f * *x * *x * *x);
        figment_exponential(&inner);
        *x = *x * (1.0f - 1.0f / (1.0f + inner));
        return;
    case figment_function_relu:
        figment_fill(&inner, 0);
        condition = (figment_integers)(*x <= inner);
        figment_choose(&condition, &inner, x, x);
        return;
    }
}

// The slope of x·σ(factor·x).
FIGMENT_ALWAYS void figment_swish_slope(figment_lanes *x, float factor)
{
    figment_lanes power = *x * -factor;
    figment_exponential(&power);
    const figment_lanes share = 1.0f / (1.0f + power);
    *x = share * (1.0f + factor * *x * (1.0f - share));
}

// Makes x the slope of the function there.
FIGMENT_ALWAYS void figment_apply_slope(figment_function function, figment_lanes *x)
{
    figment_lanes inner, power;
    figment_integers condition;
    switch (function) {
    case figment_function_silu: figment_swish_slope(x, 1); return;
    case figment_function_quick_gelu: figment_swish_slope(x, 1.702f); return;
    case figment_function_gelu:
        inner = *x * 0.70710678f;
        figment_error_function(&inner, &power);
        *x = 0.5f * (1.0f + inner) + *x * 0.39894228f * power;
        return;
    case figment_function_gelu_tanh:
        // With s = (1 − tanh y) / 2 it is 1 − s + 2·x·s·(1 − s)·y′.
        inner = 1.59576912f * (*x + 0.044715f * *x * *x * *x);
        figment_exponential(&inner);
        inner = 1.0f / (1.0f + inner);
        power = 1.59576912f * (1.0f + 0.134145f * *x * *x);
        *x = 1.0f - inner + *x * inner * (1.0f - inner) * power;
        return;
    case figment_function_relu:
        figment_fill(&inner, 0);
        condition = (figment_integers)(*x > inner);
        figment_fill(&power, 1);
        figment_choose(&condition, &power, &inner, x);
        return;
    }
}

// The greater of each lane of both; of two of which one is NaN, the second.
FIGMENT_ALWAYS void figment_greater(figment_lanes *x, const figment_lanes *y)
{
    figment_integers condition = (figment_integers)(*y <= *x);
    figment_choose(&condition, x, y, x);
}

// The first `count` of sixteen values, the others `filling`.
FIGMENT_ALWAYS void figment_load_some(figment_lanes *lanes, const float *place, ptrdiff_t count, float filling)
{
    figment_fill(lanes, filling);
    memcpy(lanes, place, count * sizeof(float));
}

#define FIGMENT_LOOP(name) name##_plain
#define FIGMENT_LOOP_ATTRIBUTE
#include "elementwise_loops.h"
#if defined(__x86_64__)
#define FIGMENT_LOOP(name) name##_middle
#define FIGMENT_LOOP_ATTRIBUTE FIGMENT_MIDDLE_FUSED
#include "elementwise_loops.h"
#define FIGMENT_LOOP(name) name##_wide
#define FIGMENT_LOOP_ATTRIBUTE FIGMENT_WIDE_FUSED
#include "elementwise_loops.h"
#endif

// out[i] = f(x[i]); `out` may be `x`.
static inline void figment_map(
    figment_vectors vectors, figment_function function, const float *x, float *out, ptrdiff_t count)
{
    FIGMENT_CALL(vectors, figment_map, function, x, out, count);
}

// gradient[i] *= f′(x[i]).
static inline void figment_map_back(
    figment_vectors vectors, figment_function function, const float *x, float *gradient, ptrdiff_t count)
{
    FIGMENT_CALL(vectors, figment_map_back, function, x, gradient, count);
}

// dx[i] += dy[i]·f(gate[i]) and dgate[i] += dy[i]·x[i]·f′(gate[i]).
static inline void figment_gate_back(
    figment_vectors vectors, figment_function function, const float *x, const float *gate, const float *dy, float *dx,
    float *dgate, ptrdiff_t count)
{
    FIGMENT_CALL(vectors, figment_gate_back, function, x, gate, dy, dx, dgate, count);
}

// out[i] = x[i]·f(gate[i]).
static inline void figment_gate(
    figment_vectors vectors, figment_function function, const float *x, const float *gate, float *out,
    ptrdiff_t count)
{
    FIGMENT_CALL(vectors, figment_gate, function, x, gate, out, count);
}

// out[i] = y or y·σ(y) of y = (x[i] − centre[i])·factor[i] + shift[i]; `out` may be `x`.
static inline void figment_normalize(
    figment_vectors vectors, const float *x, const float *centre, const float *factor, const float *shift, int silu,
    float *out, ptrdiff_t count)
{
    FIGMENT_CALL(vectors, figment_normalize, x, centre, factor, shift, silu, out, count);
}

// normal[i] = n = (x[i] − centre[i])·factor[i], and slope[i] = dy[i], times the slope of y·σ(y) at n·scale[i] + shift[i]
// where that follows.
static inline void figment_normalize_back(
    figment_vectors vectors, const float *x, const float *centre, const float *factor, const float *scale,
    const float *shift, int silu, const float *dy, float *normal, float *slope, ptrdiff_t count)
{
    FIGMENT_CALL(
        vectors, figment_normalize_back, x, centre, factor, scale, shift, silu, dy, normal, slope, count);
}

// The greatest of some values.
static inline float figment_greatest(figment_vectors vectors, const float *x, ptrdiff_t count)
{
    return FIGMENT_CALL(vectors, figment_greatest, x, count);
}

// out[i] = e^(scale·x[i] − greatest), and their sum; `out` may be `x`.
static inline float figment_exponentials(
    figment_vectors vectors, const float *x, float scale, float greatest, float *out, ptrdiff_t count)
{
    return FIGMENT_CALL(vectors, figment_exponentials, x, scale, greatest, out, count);
}

// Makes `count` scores [count, 16] of sixteen queries the weights e^(scale·score − greatest): `greatest` becomes the
// greatest scaled score so far, and what the scores before have made, the weights' `totals` and the weighted values
// `sums` [width, 16], is scaled down to it before these weights are added to the totals.
static inline void figment_weigh(
    figment_vectors vectors, float *scores, ptrdiff_t count, float scale, float *greatest, float *totals, float *sums,
    ptrdiff_t width)
{
    FIGMENT_CALL(vectors, figment_weigh, scores, count, scale, greatest, totals, sums, width);
}
