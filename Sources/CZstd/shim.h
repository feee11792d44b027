// zstd frames.
#pragma once
#include <zstd.h>
