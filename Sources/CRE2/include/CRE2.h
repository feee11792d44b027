// A thin extern "C" face on RE2: linear-time matching for CEL's `matches`.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct martlet_re2 martlet_re2;

/// Compiles `pattern`. On a fault returns NULL and copies what is wrong, NUL-terminated, into `error`.
martlet_re2 *martlet_re2_compile(const char *pattern, size_t length, char *error, size_t error_capacity);
void martlet_re2_destroy(martlet_re2 *expression);

/// Non-zero if the pattern matches anywhere in the text. Safe to call from several threads at once.
int martlet_re2_matches(const martlet_re2 *expression, const uint8_t *text, size_t length);

#ifdef __cplusplus
}
#endif
