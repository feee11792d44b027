// The HTTP client. curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: each wrapper below
// fixes one argument type.
#pragma once
#include <curl/curl.h>

static inline CURLcode martlet_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode martlet_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode martlet_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
typedef size_t (*martlet_curl_write)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode martlet_curl_set_write(CURL *handle, CURLoption option, martlet_curl_write value) {
    return curl_easy_setopt(handle, option, value);
}
typedef size_t (*martlet_curl_read)(char *buffer, size_t size, size_t count, void *context);
static inline CURLcode martlet_curl_set_read(CURL *handle, CURLoption option, martlet_curl_read value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode martlet_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode martlet_curl_set_open_socket(CURL *handle, curl_opensocket_callback value) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, value);
}
static inline CURLcode martlet_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}
