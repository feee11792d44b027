// LZ4 blocks.
#pragma once
#include <lz4.h>
