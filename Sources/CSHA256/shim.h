// The compression function of SHA-256 by the instructions that x86-64 processors have had for it since 2016, for which
// Swift has no spelling.
#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <cpuid.h>

typedef int32_t figment_sha256_words __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint8_t figment_sha256_octets __attribute__((vector_size(16), aligned(1), may_alias));

// Whether this processor has them: SSSE3, SSE4.1 and SHA.
static inline int figment_has_sha256(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) != 0;
}

// Takes blocks of 64 bytes into a state a…h; `constants` are the standard's 64 (FIPS 180-4, sections 4.2.2 and 6.2.2).
__attribute__((target("sha,ssse3,sse4.1"), unused)) static inline void figment_sha256(
    uint32_t *state, const uint8_t *blocks, ptrdiff_t count, const uint32_t *constants)
{
    const figment_sha256_words first = *(const figment_sha256_words *)state;
    const figment_sha256_words last = *(const figment_sha256_words *)(state + 4);
    // The instructions keep the variables as a, b, e, f and c, d, g, h, from the last lane to the first.
    figment_sha256_words abef = __builtin_shufflevector(first, last, 5, 4, 1, 0);
    figment_sha256_words cdgh = __builtin_shufflevector(first, last, 7, 6, 3, 2);
    for (; count > 0; count--, blocks += 64) {
        const figment_sha256_words abefBefore = abef, cdghBefore = cdgh;
        figment_sha256_words w[4];
#pragma clang loop unroll(full)
        for (int four = 0; four < 16; four++) {
            figment_sha256_words *now = &w[four % 4];
            const figment_sha256_words after = w[(four + 1) % 4], before = w[(four + 2) % 4];
            const figment_sha256_words newest = w[(four + 3) % 4];
            if (four < 4) {
                const figment_sha256_octets bytes = ((const figment_sha256_octets *)blocks)[four];
                *now = (figment_sha256_words)__builtin_shufflevector(
                    bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
            } else {
                *now = __builtin_ia32_sha256msg1(*now, after) + __builtin_shufflevector(before, newest, 1, 2, 3, 4);
                *now = __builtin_ia32_sha256msg2(*now, newest);
            }
            const figment_sha256_words input = *now + ((const figment_sha256_words *)constants)[four];
            cdgh = __builtin_ia32_sha256rnds2(cdgh, abef, input);
            abef = __builtin_ia32_sha256rnds2(abef, cdgh, __builtin_shufflevector(input, input, 2, 3, 2, 3));
        }
        abef += abefBefore;
        cdgh += cdghBefore;
    }
    *(figment_sha256_words *)state = __builtin_shufflevector(abef, cdgh, 3, 2, 7, 6);
    *(figment_sha256_words *)(state + 4) = __builtin_shufflevector(abef, cdgh, 1, 0, 5, 4);
}
#else
static inline int figment_has_sha256(void) { return 0; }

static inline void figment_sha256(uint32_t *state, const uint8_t *blocks, ptrdiff_t count, const uint32_t *constants)
{
    (void)state, (void)blocks, (void)count, (void)constants;
}
#endif
