// Included by elementwise.h once for each kind of vector instructions: FIGMENT_LOOP names a function of the kind,
// FIGMENT_LOOP_ATTRIBUTE has it compiled for them.

// Runs a statement with `function` a constant, so that the choice is made once and not in the loop.
#define FIGMENT_FOR_FUNCTION(chosen, statement)                                                                        \
    switch (chosen) {                                                                                                  \
    case figment_function_silu: { const figment_function function = figment_function_silu; statement } break;          \
    case figment_function_gelu: { const figment_function function = figment_function_gelu; statement } break;          \
    case figment_function_gelu_tanh: { const figment_function function = figment_function_gelu_tanh; statement } break; \
    case figment_function_quick_gelu: { const figment_function function = figment_function_quick_gelu; statement } break; \
    case figment_function_relu: { const figment_function function = figment_function_relu; statement } break;          \
    }

FIGMENT_LOOP_ATTRIBUTE static inline void FIGMENT_LOOP(figment_map)(
    figment_function chosen, const float *x, float *out, ptrdiff_t count)
{
    const ptrdiff_t whole = count & ~(ptrdiff_t)15;
    FIGMENT_FOR_FUNCTION(chosen, for (ptrdiff_t i = 0; i < whole; i += 16) {
        figment_lanes value = FIGMENT_LOAD(x + i);
        figment_apply(function, &value);
        FIGMENT_STORE(out + i, value);
    })
    if (whole < count) {
        figment_lanes value;
        figment_load_some(&value, x + whole, count - whole, 0);
        figment_apply(chosen, &value);
        memcpy(out + whole, &value, (count - whole) * sizeof(float));
    }
}

FIGMENT_LOOP_ATTRIBUTE static inline void FIGMENT_LOOP(figment_map_back)(
    figment_function chosen, const float *x, float *gradient, ptrdiff_t count)
{
    const ptrdiff_t whole = count & ~(ptrdiff_t)15;
    FIGMENT_FOR_FUNCTION(chosen, for (ptrdiff_t i = 0; i < whole; i += 16) {
        figment_lanes slope = FIGMENT_LOAD(x + i);
        figment_apply_slope(function, &slope);
        FIGMENT_STORE(gradient + i, FIGMENT_LOAD(gradient + i) * slope);
    })
    if (whole < count) {
        figment_lanes slope;
        figment_load_some(&slope, x + whole, count - whole, 0);
        figment_apply_slope(chosen, &slope);
        for (ptrdiff_t l = 0; l < count - whole; l++) gradient[whole + l] *= slope[l];
    }
}

FIGMENT_LOOP_ATTRIBUTE static inline void FIGMENT_LOOP(figment_gate_back)(
    figment_function chosen, const float *x, const float *gate, const float *dy, float *dx, float *dgate,
    ptrdiff_t count)
{
    const ptrdiff_t whole = count & ~(ptrdiff_t)15;
    FIGMENT_FOR_FUNCTION(chosen, for (ptrdiff_t i = 0; i < whole; i += 16) {
        figment_lanes value = FIGMENT_LOAD(gate + i);
        figment_lanes slope = value;
        const figment_lanes gradient = FIGMENT_LOAD(dy + i);
        figment_apply(function, &value);
        figment_apply_slope(function, &slope);
        FIGMENT_STORE(dx + i, FIGMENT_LOAD(dx + i) + gradient * value);
        FIGMENT_STORE(dgate + i, FIGMENT_LOAD(dgate + i) + gradient * FIGMENT_LOAD(x + i) * slope);
    })
    if (whole < count) {
        figment_lanes value, slope;
        figment_load_some(&value, gate + whole, count - whole, 0);
        slope = value;
        figment_apply(chosen, &value);
        figment_apply_slope(chosen, &slope);
        for (ptrdiff_t l = 0; l < count - whole; l++) {
            dx[whole + l] += dy[whole + l] * value[l];
            dgate[whole + l] += dy[whole + l] * x[whole + l] * slope[l];
        }
    }
}

FIGMENT_LOOP_ATTRIBUTE static inline void FIGMENT_LOOP(figment_gate)(
    figment_function chosen, const float *x, const float *gate, float *out, ptrdiff_t count)
{
    const ptrdiff_t whole = count & ~(ptrdiff_t)15;
    FIGMENT_FOR_FUNCTION(chosen, for (ptrdiff_t i = 0; i < whole; i += 16) {
        figment_lanes value = FIGMENT_LOAD(gate + i);
        figment_apply(function, &value);
        FIGMENT_STORE(out + i, FIGMENT_LOAD(x + i) * value);
    })
    if (whole < count) {
        figment_lanes value, factor;
        figment_load_some(&value, gate + whole, count - whole, 0);
        figment_load_some(&factor, x + whole, count - whole, 0);
        figment_apply(chosen, &value);
        value *= factor;
        memcpy(out + whole, &value, (count - whole) * sizeof(float));
    }
}

FIGMENT_LOOP_ATTRIBUTE static inline void FIGMENT_LOOP(figment_normalize)(
    const float *x, const float *centre, const float *factor, const float *shift, int silu, float *out,
    ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i += 16) {
        figment_lanes value, middle, slope, start;
        const ptrdiff_t left = count - i;
        if (left >= 16) {
            value = FIGMENT_LOAD(x + i);
            middle = FIGMENT_LOAD(centre + i);
            slope = FIGMENT_LOAD(factor + i);
            start = FIGMENT_LOAD(shift + i);
        } else {
            figment_load_some(&value, x + i, left, 0);
            figment_load_some(&middle, centre + i, left, 0);
            figment_load_some(&slope, factor + i, left, 0);
            figment_load_some(&start, shift + i, left, 0);
        }
        value = (value - middle) * slope + start;
        if (silu) figment_swish(&value, 1);
        if (left >= 16)
            FIGMENT_STORE(out + i, value);
        else
            memcpy(out + i, &value, left * sizeof(float));
    }
}

FIGMENT_LOOP_ATTRIBUTE static inline void FIGMENT_LOOP(figment_normalize_back)(
    const float *x, const float *centre, const float *factor, const float *scale, const float *shift, int silu,
    const float *dy, float *normal, float *slope, ptrdiff_t count)
{
    const ptrdiff_t whole = count & ~(ptrdiff_t)15;
    for (ptrdiff_t i = 0; i < whole; i += 16) {
        figment_lanes value = (FIGMENT_LOAD(x + i) - FIGMENT_LOAD(centre + i)) * FIGMENT_LOAD(factor + i);
        FIGMENT_STORE(normal + i, value);
        figment_lanes gradient = FIGMENT_LOAD(dy + i);
        if (silu) {
            value = value * FIGMENT_LOAD(scale + i) + FIGMENT_LOAD(shift + i);
            figment_swish_slope(&value, 1);
            gradient *= value;
        }
        FIGMENT_STORE(slope + i, gradient);
    }
    if (whole == count) return;
    figment_lanes value;
    figment_fill(&value, 0);
    for (ptrdiff_t i = whole; i < count; i++) {
        normal[i] = (x[i] - centre[i]) * factor[i];
        value[i - whole] = normal[i] * scale[i] + shift[i];
    }
    figment_swish_slope(&value, 1);
    for (ptrdiff_t i = whole; i < count; i++) slope[i] = silu ? dy[i] * value[i - whole] : dy[i];
}

FIGMENT_LOOP_ATTRIBUTE static inline float FIGMENT_LOOP(figment_greatest)(const float *x, ptrdiff_t count)
{
    const ptrdiff_t whole = count & ~(ptrdiff_t)15;
    figment_lanes lanes, next;
    figment_fill(&lanes, -__builtin_inff());
    for (ptrdiff_t i = 0; i < whole; i += 16) {
        next = FIGMENT_LOAD(x + i);
        figment_greater(&lanes, &next);
    }
    if (whole < count) {
        figment_load_some(&next, x + whole, count - whole, -__builtin_inff());
        figment_greater(&lanes, &next);
    }
    float greatest = lanes[0];
    for (int i = 1; i < 16; i++) greatest = lanes[i] <= greatest ? greatest : lanes[i];
    return greatest;
}

FIGMENT_LOOP_ATTRIBUTE static inline float FIGMENT_LOOP(figment_exponentials)(
    const float *x, float scale, float greatest, float *out, ptrdiff_t count)
{
    const ptrdiff_t whole = count & ~(ptrdiff_t)15;
    figment_lanes sums = {0}, value;
    for (ptrdiff_t i = 0; i < whole; i += 16) {
        value = FIGMENT_LOAD(x + i) * scale - greatest;
        figment_exponential(&value);
        FIGMENT_STORE(out + i, value);
        sums += value;
    }
    float half[16];
    memcpy(half, &sums, sizeof half);
    for (int width = 8; width; width /= 2)
        for (int l = 0; l < width; l++) half[l] += half[l + width];
    float sum = half[0];
    if (whole < count) {
        figment_load_some(&value, x + whole, count - whole, 0);
        value = value * scale - greatest;
        figment_exponential(&value);
        for (ptrdiff_t l = 0; l < count - whole; l++) {
            out[whole + l] = value[l];
            sum += value[l];
        }
    }
    return sum;
}

FIGMENT_LOOP_ATTRIBUTE static inline void FIGMENT_LOOP(figment_weigh)(
    float *scores, ptrdiff_t count, float scale, float *greatest, float *totals, float *sums, ptrdiff_t width)
{
    figment_lanes most, value, now = FIGMENT_LOAD(greatest), factor = now, added[2] = {{0}, {0}};
    figment_fill(&most, -__builtin_inff());
    for (ptrdiff_t k = 0; k < count; k++) {
        value = FIGMENT_LOAD(scores + 16 * k);
        figment_greater(&most, &value);
    }
    most *= scale;
    figment_greater(&now, &most);
    factor -= now;
    figment_exponential(&factor);
    for (ptrdiff_t k = 0; k < count; k++) {
        value = FIGMENT_LOAD(scores + 16 * k) * scale - now;
        figment_exponential(&value);
        FIGMENT_STORE(scores + 16 * k, value);
        added[k & 1] += value;
    }
    FIGMENT_STORE(greatest, now);
    FIGMENT_STORE(totals, FIGMENT_LOAD(totals) * factor + (added[0] + added[1]));
    for (ptrdiff_t d = 0; d < width; d++) FIGMENT_STORE(sums + 16 * d, FIGMENT_LOAD(sums + 16 * d) * factor);
}

#undef FIGMENT_FOR_FUNCTION
#undef FIGMENT_LOOP
#undef FIGMENT_LOOP_ATTRIBUTE
