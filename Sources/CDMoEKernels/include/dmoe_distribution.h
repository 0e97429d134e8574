// Rows of logits as distributions over a vocabulary. Sums are taken chunk by chunk in double, so that they depend on the row
// alone and stay exact enough for vocabularies of any size.
#ifndef DMOE_DISTRIBUTION_H
#define DMOE_DISTRIBUTION_H

#include <stdint.h>

/// Elements whose sum is one number of `sums`.
#define DMOE_DISTRIBUTION_CHUNK 1024

/// The largest of count > 0 numbers; NaN if one of them is.
float dmoe_largest(const float *x, int64_t count);

/// e = exp((x - top) * scale), of numbers at most `top`. sums [chunks] gets the sum of every chunk; the result
/// is that of all.
double dmoe_exponentials(const float *x, float top, float scale, float *e, double *sums, int64_t count);

/// The sum of e * (x - top) * scale: with the sum of e, what the entropy is made of.
double dmoe_weighted_logarithms(const float *x, const float *e, float top, float scale, int64_t count);

/// e becomes (-own - entropy * (log(p) + h)) * p * scale for p = e / sum and log(p) = (x - top) * scale - logarithm: the
/// gradient of own times a log-probability, without the 1 of its own column, plus entropy times the entropy h.
void dmoe_distribution_backward(const float *x, float top, float scale, float inverse_sum, float logarithm, float own,
                                float entropy, float h, float *e, int64_t count);

/// The sum of e * (log(p) - log(q)) for p = e / its sum over numbers x and q over numbers y: with the sum of e, what the
/// divergence of p from q is made of. shift is the logarithm of p's sum less that of q's. Exactly 0 where y is x.
double dmoe_weighted_differences(const float *x, const float *e, float top, float scale, const float *y, float y_top,
                                 float shift, int64_t count);

/// y becomes own * (log(p) - log(q) - divergence) * p * scale: the gradient of own times the divergence of p from q by x.
void dmoe_divergence_backward(const float *x, const float *e, float top, float scale, float inverse_sum, float y_top,
                              float shift, float own, float divergence, float *y, int64_t count);

#endif
