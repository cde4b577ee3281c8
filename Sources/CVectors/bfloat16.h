// Values as bfloat16: the upper half of a float, rounded to the nearest, ties to even. NaN stays NaN, denormals stay.
#pragma once
#include <stdint.h>
#include "shim.h"

#if defined(__x86_64__)
// AVX-512 with the part that multiplies pairs.
#define FIGMENT_BFLOAT16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16,fma"), unused))
#endif

typedef uint32_t figment_word __attribute__((aligned(4), may_alias));
typedef uint32_t figment_words __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint16_t figment_halves __attribute__((vector_size(32), aligned(4), may_alias));

#define FIGMENT_LOAD_WORDS(place) (*(const figment_words *)(place))
#define FIGMENT_STORE_WORDS(place, value) (*(figment_words *)(place) = (value))

// Rounds floats, whose bits these are; what is left is bfloat16 in the upper halves.
FIGMENT_ALWAYS void figment_round(figment_words *bits)
{
    const figment_words infinity = 0x7F800000u - (figment_words){0};
    const figment_words isNaN = (figment_words)((*bits & 0x7FFFFFFFu) > infinity);
    const figment_words rounded = *bits + 0x7FFFu + ((*bits >> 16) & 1u);
    *bits = ((isNaN & (*bits | 0x400000u)) | (~isNaN & rounded)) & 0xFFFF0000u;
}

// Rounds `count` values, and a zero after an odd number of them: to floats, or to pairs in the place of a float each.
#define FIGMENT_DEFINE_ROUNDING(name, attribute)                                                                       \
    attribute static inline void name(const float *x, float *out, ptrdiff_t count, int pairs)                          \
    {                                                                                                                  \
        for (ptrdiff_t i = 0; i < count; i += 16) {                                                                    \
            const ptrdiff_t left = count - i < 16 ? count - i : 16;                                                    \
            figment_words bits = {0};                                                                                  \
            if (left == 16)                                                                                            \
                bits = FIGMENT_LOAD_WORDS(x + i);                                                                      \
            else                                                                                                       \
                memcpy(&bits, x + i, left * sizeof(float));                                                            \
            figment_round(&bits);                                                                                      \
            if (pairs) {                                                                                               \
                const figment_halves halves = __builtin_convertvector(bits >> 16, figment_halves);                     \
                memcpy(out + i / 2, &halves, left == 16 ? 32 : (left + 1) / 2 * sizeof(float));                        \
            } else if (left == 16)                                                                                     \
                FIGMENT_STORE_WORDS(out + i, bits);                                                                    \
            else                                                                                                       \
                memcpy(out + i, &bits, (left + 1) / 2 * 2 * sizeof(float));                                            \
        }                                                                                                              \
    }

FIGMENT_DEFINE_FOR_ALL(FIGMENT_DEFINE_ROUNDING, figment_round_row)

static inline void figment_round_row(
    figment_vectors vectors, const float *x, float *out, ptrdiff_t count, int pairs)
{
    FIGMENT_CALL(vectors, figment_round_row, x, out, count, pairs);
}

// Rounds a panel [depth, 16] to pairs [⌈depth/2⌉, 16], a zero in the last one's upper half where the depth is odd.
static inline void figment_round_panel(const float *panel, ptrdiff_t depth, float *out)
{
    for (ptrdiff_t k = 0; k < depth; k += 2) {
        figment_words former = FIGMENT_LOAD_WORDS(panel + 16 * k), latter = {0};
        if (k + 1 < depth) latter = FIGMENT_LOAD_WORDS(panel + 16 * (k + 1));
        figment_round(&former);
        figment_round(&latter);
        FIGMENT_STORE_WORDS(out + 8 * k, former >> 16 | latter);
    }
}

// The floats [depth, 16] of a panel of pairs.
static inline void figment_widen_panel(const float *pairs, ptrdiff_t depth, float *out)
{
    for (ptrdiff_t k = 0; k < depth; k++) {
        const figment_words words = FIGMENT_LOAD_WORDS(pairs + 16 * (k / 2));
        FIGMENT_STORE_WORDS(out + 16 * k, k % 2 ? words & 0xFFFF0000u : words << 16);
    }
}
