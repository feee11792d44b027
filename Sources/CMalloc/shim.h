// Settings of the C library's allocator.
#pragma once
#include <malloc.h>
