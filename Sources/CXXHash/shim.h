// XXH3, header only: inlined into the one place that calls it.
#pragma once
#define XXH_INLINE_ALL
#include <xxhash.h>
