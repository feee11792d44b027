// The loops of an encoder between its matrix products, compiled for several instruction sets of which the loader picks
// the best: Swift has no attribute for that, and the baseline of x86-64 leaves most of a processor unused.
//
// Rows lie one behind another. Nothing is kept, nothing is checked: the caller vouches for every size.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum martlet_activation {
    MARTLET_ACTIVATION_NONE = 0,
    MARTLET_ACTIVATION_GELU = 1,       // x Φ(x), by the error function
    MARTLET_ACTIVATION_GELU_TANH = 2,  // its approximation by tanh, `gelu_new`
    MARTLET_ACTIVATION_RELU = 3,
} martlet_activation;

/// Writes each row in 8 bits: value ≈ scale × (q - zero), the scale and zero point of the row's own range.
void martlet_quantise_rows(const float *values, int rows, int width, uint8_t *quantised, float *scales, int32_t *zeros);

/// Turns sums of products back into values: scale of the row × scale of the column × (sum - zero × the column's sum of
/// weights) + bias, and applies the activation.
void martlet_dequantise_rows(
    const int32_t *sums, int rows, int width, const float *row_scales, const int32_t *row_zeros,
    const float *column_scales, const int32_t *column_sums, const float *bias, martlet_activation activation,
    float *values);

/// values += scale × code, for a row in 8 bits.
void martlet_add_codes(const int8_t *codes, float scale, int width, float *values);

/// Adds a bias to each row and applies the activation.
void martlet_activate_rows(float *values, int rows, int width, const float *bias, martlet_activation activation);

/// values = norm(values + added) × gain + bias, row by row.
void martlet_add_and_normalise_rows(
    float *values, const float *added, int rows, int width, const float *gain, const float *bias, float epsilon);

/// Attention of one sequence over itself. A row of `projected` has the queries, keys and values of all heads, one behind
/// another, `width` each. `scratch` holds 2 × (head_width rounded up to 16) + 4 floats for each token rounded up to 16,
/// and 4 × (head_width rounded up to 16) besides.
void martlet_attend(
    const float *projected, int tokens, int heads, int head_width, float *scratch, float *result);

#ifdef __cplusplus
}
#endif
