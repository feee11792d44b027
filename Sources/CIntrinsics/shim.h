// Instructions of the processor that Swift has no word for.
#pragma once

static inline void martlet_prefetch(const void *address) { __builtin_prefetch(address); }
