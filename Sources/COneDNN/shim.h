// oneDNN: matrix products in 8-bit integers and in float.
#pragma once
#include <oneapi/dnnl/dnnl.h>

// Debian builds oneDNN on OpenMP, whose header comes with a compiler that need not be here. The setting holds for the
// calling thread alone: a subtask is one thread, and so are the products that it asks for.
extern void omp_set_num_threads(int threads);
extern int omp_get_max_threads(void);
