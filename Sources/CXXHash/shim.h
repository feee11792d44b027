// XXH3, header only, inlined into the one place that calls it. With XXH_INLINE_ALL the library's names are macros,
// which Swift cannot call: each wrapper below gives one of them a name.
#pragma once
#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t martlet_xxh3_64(const void *bytes, size_t length, uint64_t seed) {
    return XXH3_64bits_withSeed(bytes, length, seed);
}
static inline XXH128_hash_t martlet_xxh3_128(const void *bytes, size_t length) { return XXH3_128bits(bytes, length); }
