#include "CSimdJSON.h"

#include <simdjson.h>

#include <cstring>
#include <new>
#include <vector>

struct martlet_json_parser {
    simdjson::dom::parser parser;
    // A document that lies at the end of its allocation is parsed from this copy.
    std::vector<uint8_t> padded;
};

namespace {
constexpr size_t page = 4096;

// Counted from the last byte: the end of a document may be the first address of another page.
bool reads_stay_in_page(const uint8_t *bytes, size_t length) {
    return length > 0
        && (reinterpret_cast<uintptr_t>(bytes + length - 1) % page) + simdjson::SIMDJSON_PADDING < page;
}
}  // namespace

martlet_json_parser *martlet_json_parser_create(void) { return new (std::nothrow) martlet_json_parser(); }

void martlet_json_parser_destroy(martlet_json_parser *parser) { delete parser; }

size_t martlet_json_padding(void) { return simdjson::SIMDJSON_PADDING; }

const char *martlet_json_error_message(int code) {
    return simdjson::error_message(static_cast<simdjson::error_code>(code));
}

int martlet_json_parse(
    martlet_json_parser *parser, const uint8_t *bytes, size_t length, int padded, martlet_json_document *document) {
    const uint8_t *input = bytes;
    if (!padded && !reads_stay_in_page(bytes, length)) {
        parser->padded.resize(length + simdjson::SIMDJSON_PADDING);
        std::memcpy(parser->padded.data(), bytes, length);
        std::memset(parser->padded.data() + length, 0, simdjson::SIMDJSON_PADDING);
        input = parser->padded.data();
    }
    auto result = parser->parser.parse(input, length, false);
    if (result.error()) return static_cast<int>(result.error());
    const simdjson::dom::document &parsed = parser->parser.doc;
    document->tape = parsed.tape.get();
    document->tape_count = static_cast<size_t>(parsed.tape[0] & 0x00ffffffffffffffULL);
    document->strings = parsed.string_buf.get();
    return 0;
}
