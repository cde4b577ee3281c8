// What loops over sixteen values at a time are made of, for instructions that Swift's compiler does not emit for a
// library that must run on any processor. Each loop is compiled three times; `figment_vectors` says which one this
// processor has.
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

// Lets a thread that waits awake take no more of the processor than it needs.
static inline void figment_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#define FIGMENT_ALWAYS __attribute__((always_inline)) static inline
// Sums stay in registers only where the loops over them are laid out flat.
#define FIGMENT_FLAT _Pragma("clang loop unroll(full)")

typedef float figment_lanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef float figment_eight __attribute__((vector_size(32), aligned(4), may_alias));

#define FIGMENT_LOAD(place) (*(const figment_lanes *)(place))
#define FIGMENT_STORE(place, value) (*(figment_lanes *)(place) = (value))

typedef enum { figment_vectors_plain, figment_vectors_middle, figment_vectors_wide } figment_vectors;

// Defines a function three times, by a macro that takes its name and its attribute; and calls the one of the three that
// is for the vectors at hand.
#if defined(__x86_64__)
#define FIGMENT_DEFINE_FOR_ALL(define, name)                                                                           \
    define(name##_plain, ) define(name##_middle, FIGMENT_MIDDLE) define(name##_wide, FIGMENT_WIDE)
#define FIGMENT_CALL(vectors, name, ...)                                                                               \
    (vectors == figment_vectors_wide     ? name##_wide(__VA_ARGS__)                                                    \
     : vectors == figment_vectors_middle ? name##_middle(__VA_ARGS__)                                                  \
                                         : name##_plain(__VA_ARGS__))
#else
#define FIGMENT_DEFINE_FOR_ALL(define, name) define(name##_plain, )
#define FIGMENT_CALL(vectors, name, ...) name##_plain(__VA_ARGS__)
#endif
