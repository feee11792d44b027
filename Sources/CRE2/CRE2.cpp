#include "CRE2.h"

#include <re2/re2.h>

#include <cstring>

struct martlet_re2 {
    re2::RE2 expression;
    martlet_re2(re2::StringPiece pattern, const re2::RE2::Options &options) : expression(pattern, options) {}
};

martlet_re2 *martlet_re2_compile(const char *pattern, size_t length, char *error, size_t error_capacity) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    auto *compiled = new martlet_re2(re2::StringPiece(pattern, length), options);
    if (compiled->expression.ok()) return compiled;
    if (error_capacity > 0) {
        std::strncpy(error, compiled->expression.error().c_str(), error_capacity - 1);
        error[error_capacity - 1] = 0;
    }
    delete compiled;
    return nullptr;
}

void martlet_re2_destroy(martlet_re2 *expression) { delete expression; }

int martlet_re2_matches(const martlet_re2 *expression, const uint8_t *text, size_t length) {
    return re2::RE2::PartialMatch(
        re2::StringPiece(reinterpret_cast<const char *>(text), length), expression->expression);
}
