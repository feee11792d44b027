// A thin extern "C" face on simdjson: parse one document, then lend its tape.
// The tape's layout is documented in simdjson's doc/tape.md.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One parser and the document it last parsed. Not thread-safe: one for each thread.
typedef struct martlet_json_parser martlet_json_parser;

/// What a successful parse lends until the next parse on the same parser.
typedef struct {
    const uint64_t *tape;
    size_t tape_count;
    const uint8_t *strings;
} martlet_json_document;

martlet_json_parser *martlet_json_parser_create(void);
void martlet_json_parser_destroy(martlet_json_parser *parser);

/// Parses `length` bytes as one strict JSON document (RFC 8259). Bytes after the end are never part of the document,
/// but up to martlet_json_padding of them may be read: pass `padded` non-zero if they are readable.
/// Returns 0, or an error code for martlet_json_error_message.
int martlet_json_parse(
    martlet_json_parser *parser, const uint8_t *bytes, size_t length, int padded, martlet_json_document *document);

/// A static string that says what the error code means.
const char *martlet_json_error_message(int code);

size_t martlet_json_padding(void);

#ifdef __cplusplus
}
#endif
