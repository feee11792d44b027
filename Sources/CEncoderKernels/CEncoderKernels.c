#include "CEncoderKernels.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#define VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORISED
#endif
#define INLINE static inline __attribute__((always_inline))

// e^x by a power of two and a polynomial on [-ln 2 / 2, ln 2 / 2] (the coefficients of Cephes' expf): right to 6 digits.
INLINE float exponential(float x) {
    x = fminf(fmaxf(x, -87.0f), 88.0f);
    float whole = __builtin_floorf(x * 1.44269504088896341f + 0.5f);
    float rest = x - whole * 0.693359375f + whole * 2.12194440e-4f;
    float sum = 1.9875691500e-4f;
    sum = sum * rest + 1.3981999507e-3f;
    sum = sum * rest + 8.3334519073e-3f;
    sum = sum * rest + 4.1665795894e-2f;
    sum = sum * rest + 1.6666665459e-1f;
    sum = sum * rest + 5.0000001201e-1f;
    sum = sum * rest * rest + rest + 1.0f;
    int32_t bits = ((int32_t)whole + 127) << 23;
    float power;
    memcpy(&power, &bits, 4);
    return sum * power;
}

// Abramowitz and Stegun 7.1.28, below 3e-7 and without a power of e. Beyond 6 it is 1, and the sixteenth power of what is
// behind would not be a number for long.
INLINE float error_function(float x) {
    float size = fminf(__builtin_fabsf(x), 6.0f);
    float sum = 0.0000430638f;
    sum = sum * size + 0.0002765672f;
    sum = sum * size + 0.0001520143f;
    sum = sum * size + 0.0092705272f;
    sum = sum * size + 0.0422820123f;
    sum = sum * size + 0.0705230784f;
    sum = sum * size + 1.0f;
    sum *= sum;
    sum *= sum;
    sum *= sum;
    sum *= sum;
    return __builtin_copysignf(1.0f - 1.0f / sum, x);
}

INLINE float gelu(float x) { return 0.5f * x * (1.0f + error_function(x * 0.70710678118654752f)); }

INLINE float gelu_tanh(float x) {
    float inner = 0.79788456080286536f * (x + 0.044715f * x * x * x);
    return x - x / (1.0f + exponential(2.0f * inner));
}

INLINE void activate(float *row, int width, martlet_activation activation) {
    switch (activation) {
    case MARTLET_ACTIVATION_NONE: break;
    case MARTLET_ACTIVATION_GELU:
        for (int i = 0; i < width; i++) row[i] = gelu(row[i]);
        break;
    case MARTLET_ACTIVATION_GELU_TANH:
        for (int i = 0; i < width; i++) row[i] = gelu_tanh(row[i]);
        break;
    case MARTLET_ACTIVATION_RELU:
        for (int i = 0; i < width; i++) row[i] = fmaxf(row[i], 0.0f);
        break;
    }
}

VECTORISED
void martlet_quantise_rows(
    const float *values, int rows, int width, uint8_t *quantised, float *scales, int32_t *zeros) {
    for (int row = 0; row < rows; row++) {
        const float *restrict in = values + (long)row * width;
        uint8_t *restrict out = quantised + (long)row * width;
        // Zero is within the range, so that its own code stands for it exactly.
        float least = 0.0f, most = 0.0f;
        for (int i = 0; i < width; i++) {
            least = fminf(least, in[i]);
            most = fmaxf(most, in[i]);
        }
        float scale = (most - least) / 255.0f;
        float inverse = scale > 0.0f ? 1.0f / scale : 0.0f;
        float zero = __builtin_floorf(-least * inverse + 0.5f);
        scales[row] = scale;
        zeros[row] = (int32_t)zero;
        float shift = zero + 0.5f;
        for (int i = 0; i < width; i++) {
            float code = fminf(fmaxf(in[i] * inverse + shift, 0.0f), 255.0f);
            out[i] = (uint8_t)(int32_t)code;
        }
    }
}

VECTORISED
void martlet_dequantise_rows(
    const int32_t *sums, int rows, int width, const float *row_scales, const int32_t *row_zeros,
    const float *column_scales, const int32_t *column_sums, const float *bias, martlet_activation activation,
    float *values) {
    for (int row = 0; row < rows; row++) {
        const int32_t *restrict in = sums + (long)row * width;
        float *restrict out = values + (long)row * width;
        float scale = row_scales[row];
        int32_t zero = row_zeros[row];
        for (int i = 0; i < width; i++) {
            out[i] = (float)(in[i] - zero * column_sums[i]) * (scale * column_scales[i]) + bias[i];
        }
        activate(out, width, activation);
    }
}

VECTORISED
void martlet_add_codes(const int8_t *codes, float scale, int width, float *values) {
    for (int i = 0; i < width; i++) values[i] += scale * (float)codes[i];
}

VECTORISED
void martlet_activate_rows(float *values, int rows, int width, const float *bias, martlet_activation activation) {
    for (int row = 0; row < rows; row++) {
        float *restrict out = values + (long)row * width;
        for (int i = 0; i < width; i++) out[i] += bias[i];
        activate(out, width, activation);
    }
}

VECTORISED
void martlet_add_and_normalise_rows(
    float *values, const float *added, int rows, int width, const float *gain, const float *bias, float epsilon) {
    for (int row = 0; row < rows; row++) {
        float *restrict out = values + (long)row * width;
        const float *restrict in = added + (long)row * width;
        float sum = 0.0f;
        for (int i = 0; i < width; i++) {
            out[i] += in[i];
            sum += out[i];
        }
        float mean = sum / (float)width;
        float squares = 0.0f;
        for (int i = 0; i < width; i++) squares += (out[i] - mean) * (out[i] - mean);
        float factor = 1.0f / sqrtf(squares / (float)width + epsilon);
        for (int i = 0; i < width; i++) out[i] = (out[i] - mean) * factor * gain[i] + bias[i];
    }
}

// Queries that are worked on together, and numbers in a vector: sixteen sums stay in a register for each query while a
// key or value is read once for all of them.
enum { QUERIES = 4, LANES = 16 };
typedef float lanes __attribute__((vector_size(sizeof(float) * LANES), aligned(sizeof(float))));

// Writes for each query the sum of a table's rows, each times one of the query's factors; `columns` is a multiple of
// LANES.
INLINE void combine(
    const float *const factors[QUERIES], const float *restrict table, int rows, int columns, float *restrict sums) {
    for (int first = 0; first < columns; first += LANES) {
        lanes sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
        for (int row = 0; row < rows; row++) {
            lanes values = *(const lanes *)(table + (long)row * columns + first);
            sum0 += factors[0][row] * values;
            sum1 += factors[1][row] * values;
            sum2 += factors[2][row] * values;
            sum3 += factors[3][row] * values;
        }
        *(lanes *)(sums + first) = sum0;
        *(lanes *)(sums + columns + first) = sum1;
        *(lanes *)(sums + 2 * columns + first) = sum2;
        *(lanes *)(sums + 3 * columns + first) = sum3;
    }
}

// Turns each query's scores into powers, and gives what to multiply them by for shares. A step is done for all queries
// before the next: none waits for the end of another's sum. A row is whole vectors; behind its scores come such as are nothing
// beside any other.
INLINE void weigh(float *restrict rows, int count, int padded, float factor, float shares[QUERIES]) {
    float most[QUERIES];
    for (int query = 0; query < QUERIES; query++) {
        float *row = rows + (long)query * padded;
        for (int i = count; i < padded; i++) row[i] = -1e30f;
        most[query] = row[0];
        for (int first = 0; first < padded; first += LANES) {
            for (int i = first; i < first + LANES; i++) most[query] = fmaxf(most[query], row[i]);
        }
    }
    for (int query = 0; query < QUERIES; query++) {
        float *row = rows + (long)query * padded;
        float sum = 0.0f;
        for (int first = 0; first < padded; first += LANES) {
            for (int i = first; i < first + LANES; i++) {
                row[i] = exponential((row[i] - most[query]) * factor);
                sum += row[i];
            }
        }
        shares[query] = 1.0f / sum;
    }
}

VECTORISED
void martlet_attend(
    const float *projected, int tokens, int heads, int head_width, float *scratch, float *result) {
    int width = heads * head_width;
    int padded = (tokens + LANES - 1) / LANES * LANES;
    int padded_head = (head_width + LANES - 1) / LANES * LANES;
    float *restrict keys = scratch;
    float *restrict values = keys + (long)head_width * padded;
    float *restrict weights = values + (long)tokens * padded_head;
    float *restrict sums = weights + (long)QUERIES * padded;
    float factor = 1.0f / sqrtf((float)head_width);
    memset(scratch, 0, sizeof(float) * ((size_t)head_width * padded + (size_t)tokens * padded_head));
    for (int head = 0; head < heads; head++) {
        const float *base = projected + (long)head * head_width;
        // Keys column by column, so that one query meets sixteen keys at once.
        for (int token = 0; token < tokens; token++) {
            const float *key = base + (long)token * 3 * width + width;
            // One by one: a scatter of sixteen takes longer.
#pragma clang loop vectorize(disable) unroll_count(8)
            for (int i = 0; i < head_width; i++) keys[(long)i * padded + token] = key[i];
            memcpy(values + (long)token * padded_head, key + width, sizeof(float) * (size_t)head_width);
        }
        for (int first = 0; first < tokens; first += QUERIES) {
            const float *factors[QUERIES];
            for (int query = 0; query < QUERIES; query++) {
                // Behind the last token the last one again: its results are not taken twice.
                int token = first + query < tokens ? first + query : tokens - 1;
                factors[query] = base + (long)token * 3 * width;
            }
            combine(factors, keys, head_width, padded, weights);
            float shares[QUERIES];
            weigh(weights, tokens, padded, factor, shares);
            for (int query = 0; query < QUERIES; query++) factors[query] = weights + (long)query * padded;
            combine(factors, values, tokens, padded_head, sums);
            for (int query = 0; query < QUERIES && first + query < tokens; query++) {
                float *restrict out = result + (long)(first + query) * width + (long)head * head_width;
                const float *restrict sum = sums + (long)query * padded_head;
                for (int i = 0; i < head_width; i++) out[i] = sum[i] * shares[query];
            }
        }
    }
}
