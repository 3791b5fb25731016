// A row of scores becomes a row of probabilities, or their log.
//
// The rows of an array [outer, cols, inner] lie along cols: inner is 1 for the last axis. Every op
// takes
//
//   mask   bytes, shaped as x, or [cols] with Rule::shared_mask; 1 keeps the entry, 0 removes it
//          from its row whatever number stands there. Null when nothing is masked
//   t      temperature >= 0: one, or one per row [outer, inner] with Rule::row_temperature; null
//          for 1. Under 2⁻¹²⁶ it counts as 2⁻¹²⁶, unless it is 0
//   rules  the sum of the Rules that hold
//
// Edge rows, the same for every map:
//
//   no columns          nothing is written; log-sum-exp is -inf
//   an entry is NaN     the row is NaN
//   an entry is +inf    the row is NaN, or with Rule::infinite_limit such entries share it;
//                       log-sum-exp is +inf
//   some entries -inf   those entries get probability 0
//   all entries -inf    the row is NaN, or as Rule::empty_zero or Rule::empty_uniform say;
//                       log-sum-exp is -inf
//   t is 0              the first of the largest scores gets 1; with Rule::tie_split they share it
//   t is inf            the entries that are not -inf share the row evenly
//
// Results under 2⁻¹²⁶ may be flushed to 0.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sm {

// softmax: probabilities in proportion to exp(x / t).
//
//   y_i = exp(x_i / t) / sum_j exp(x_j / t)
//
//   out     y [outer, cols, inner]   may be x
//   in      x [outer, cols, inner]
//   cost    O(cols) per row: two passes, or three where it is short or in place, and one exp an
//           entry; twice that where the first scores lie far below the peak
//   within  4 ulp at every length, spread and temperature; |sum y - 1| <= 4 2⁻²⁴; equal scores
//           get 1 / cols rounded once, and a single one gets 1
//   source  Bridle 1990
void softmax(float* y, const float* x, const uint8_t* mask, const float* t, size_t outer,
             size_t cols, size_t inner, int rules);

// softmax_vjp: the gradient of softmax, from its result. Entries of probability 0 (masked ones too)
// get 0 whatever dy is.
//
//   dx_i = y_i (dy_i - <y, dy>) / t
//
//   out     dx [outer, cols, inner]     may be y or dy; 0 at temperatures 0 and inf, whatever dy is
//   in      y, dy [outer, cols, inner]
//           t                           of gradient_temperature where rows may be empty or infinite
//   within  6 2⁻²⁴ |y_i| (|dy_i| + sum_j |y_j dy_j|) / t
void softmax_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer,
                 size_t cols, size_t inner, int rules);

// log_softmax: logarithms of the probabilities, in nats; never through a probability, so exact
// where that would be 0.
//
//   y_i = x_i / t - log sum_j exp(x_j / t)
//
//   out     y [outer, cols, inner]   may be x
//   in      x [outer, cols, inner]
//   cost    as softmax
//   within  ulp((x_i - max) / t) + ulp(log sum exp((x - max) / t)) + ulp(y_i) / 2; 4 ulp of the
//           result at the largest score
//   source  Blanchard, Higham and Higham 2021, section 2
void log_softmax(float* y, const float* x, const uint8_t* mask, const float* t, size_t outer,
                 size_t cols, size_t inner, int rules);

// log_softmax_vjp: the gradient of log_softmax, from its result. Entries of log-probability -inf
// (masked ones too) get 0 and their dy is not read.
//
//   dx_i = (dy_i - exp(y_i) sum_j dy_j) / t
//
//   out     dx [outer, cols, inner]     may be y or dy; 0 at temperatures 0 and inf, whatever dy is
//   in      y, dy [outer, cols, inner]
//           t                           as in softmax_vjp
//   within  2⁻²⁴ (3 |dy_i| + (5 + |y_i|) exp(y_i) sum_j |dy_j|) / t
void log_softmax_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer,
                     size_t cols, size_t inner, int rules);

// log_sum_exp: the logarithm of the sum of exp, a smooth maximum, in nats.
//
//   lse = log sum_j exp(x_j / t)
//
//   out     lse [outer, inner]
//   in      x [outer, cols, inner]   overwritten with -inf where it is masked
//   cost    as softmax, with a pass less
//   within  1.5 ulp of the larger of |lse| and log sum exp((x - max) / t); 10⁻⁶ relative where one
//           score towers at 0
//   source  Blanchard, Higham and Higham 2021, section 2
void log_sum_exp(float* lse, float* x, const uint8_t* mask, const float* t, size_t outer,
                 size_t cols, size_t inner, int rules);

// log_sum_exp_vjp: the gradient of log_sum_exp, from the probabilities it is the gradient with.
//
//   dx_i = y_i dlse / t
//
//   out     dx [outer, cols, inner]   may be y; 0 at temperatures 0 and inf, and where y is 0
//   in      y [outer, cols, inner]    softmax of the scores
//           dlse [outer, inner]
//           t                        as in softmax_vjp
//   within  6 ulp
void log_sum_exp_vjp(float* dx, const float* y, const float* dlse, const float* t, size_t outer,
                     size_t cols, size_t inner, int rules);

// gradient_temperature: the temperatures of rows in a gradient, 0 where no small change of the
// scores changes the row. Only the scores tell: equal shares are also what equal scores get.
//
//   own = t where max_j x_j is finite, 0 where it is infinite
//
//   out     own [outer, inner]   for a vjp, with Rule::row_temperature
//   in      x [outer, cols, inner]   NaN entries are passed over: there y is NaN, and then dx
//   source  section "Edge rows" above
void gradient_temperature(float* own, const float* x, const uint8_t* mask, const float* t,
                          size_t outer, size_t cols, size_t inner, int rules);
// sparsemax: the probabilities nearest to x / t, many of them exactly 0.
//
//   y_i = max(x_i / t - tau, 0),   tau such that sum y = 1
//
//   out     y [outer, cols, inner]   may be x
//   in      x [outer, cols, inner]
//   cost    O(cols) per row: three passes, and up to a dozen over what a threshold can still cut
//   within  4 10⁻⁷, and |sum y - 1| <= 4 10⁻⁷; a score less than 10⁻⁶ from tau may be on its other
//   side
//   source  Martins and Astudillo 2016; the threshold by Newton's method, which is Michelot 1986
void sparsemax(float* y, const float* x, const uint8_t* mask, const float* t, size_t outer,
               size_t cols, size_t inner, int rules);

// sparsemax_vjp: the gradient of sparsemax, from its result. Entries of probability 0 (masked ones
// too) get 0 and their dy is not read.
//
//   dx_i = (dy_i - mean of dy over the support) / t
//
//   out     dx [outer, cols, inner]     may be y or dy; 0 at temperatures 0 and inf
//   in      y, dy [outer, cols, inner]
//   within  8 2⁻²⁴ (|dy_i| + mean of |dy| over the support) / t
void sparsemax_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer,
                   size_t cols, size_t inner, int rules);

// entmax15: 1.5-entmax, between softmax and sparsemax.
//
//   y_i = max(x_i / (2 t) - tau, 0)²,   tau such that sum y = 1
//
//   out     y [outer, cols, inner]   may be x
//   in      x [outer, cols, inner]
//   cost    as sparsemax
//   within  as sparsemax
//   source  Peters, Niculae and Martins 2019; the threshold by Newton's method on the norm
void entmax15(float* y, const float* x, const uint8_t* mask, const float* t, size_t outer,
              size_t cols, size_t inner, int rules);

// entmax15_vjp: the gradient of entmax15, from its result. Entries of probability 0 (masked ones
// too) get 0 and their dy is not read.
//
//   dx_i = s_i (dy_i - <s, dy> / sum s) / t,   s = sqrt(y)
//
//   out     dx [outer, cols, inner]     may be y or dy; 0 at temperatures 0 and inf
//   in      y, dy [outer, cols, inner]
//   within  8 2⁻²⁴ s_i (|dy_i| + <s, |dy|> / sum s) / t
void entmax15_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer,
                  size_t cols, size_t inner, int rules);

// entmax: alpha-entmax, for any alpha above 0: softmax at 1, entmax15 at 1.5, sparsemax at 2; under
// 1 no probability is 0, above it the more the larger alpha is.
//
//   y_i = max((alpha - 1) x_i / t - tau, 0)^(1 / (alpha - 1)),   tau such that sum y = 1
//
//   out     y [outer, cols, inner]   may be x
//   in      x [outer, cols, inner]
//           alpha                    above 0: one, or one per row [outer, inner] with
//                                    Rule::row_alpha; within 2⁻²² of 1 it counts as 1, above 2²⁰ as
//                                    2²⁰
//   cost    as sparsemax up to alpha 2, with an exp and a log an entry and sweep; above, in double,
//           ten times that
//   within  10⁻⁶; above alpha 2, where an entry near tau moves infinitely fast, and
//           (2⁻⁴⁶)^(1 / (alpha - 1)) more
//   source  Peters, Niculae and Martins 2019
void entmax(float* y, const float* x, const uint8_t* mask, const float* t, const float* alpha,
            size_t outer, size_t cols, size_t inner, int rules);

// entmax_vjp: the gradient of entmax with respect to its scores, from its result. Entries of
// probability 0 (masked ones too) get 0 and their dy is not read.
//
//   dx_i = s_i (dy_i - <s, dy> / sum s) / t,   s = y^(2 - alpha) on the support
//
//   out     dx [outer, cols, inner]     may be y or dy; 0 at temperatures 0 and inf
//   in      y, dy [outer, cols, inner]
//           alpha                       as entmax takes it
//   within  2⁻²⁴ (8 + 4 |log y_i|) s_i (|dy_i| + <s, |dy|> / sum s) / t, up to alpha 2
void entmax_vjp(float* dx, const float* y, const float* dy, const float* t, const float* alpha,
                size_t outer, size_t cols, size_t inner, int rules);

// entmax_alpha_vjp: the gradient of entmax with respect to alpha, from its result.
//
//   dalpha = <dy, (y - s / sum s) / (alpha - 1)² - (h - s / sum s sum h) / (alpha - 1)>
//   with s = y^(2 - alpha) and h = y log y on the support, and what that tends to at alpha 1
//
//   out     dalpha [outer, inner]
//   in      y, dy [outer, cols, inner]
//           alpha                       as entmax takes it
//   within  10⁻⁵ of the sum of the magnitudes of its terms
//   source  Correia, Niculae and Martins 2019
void entmax_alpha_vjp(float* dalpha, const float* y, const float* dy, const float* alpha,
                      size_t outer, size_t cols, size_t inner, int rules);

// hardmax: all to the largest score, which is softmax at temperature 0.
//
//   y_i = 1 where x_i is the first of the largest, 0 elsewhere; with Rule::tie_split they share it
//
//   out     y [outer, cols, inner]   may be x
//   in      x [outer, cols, inner]
//   source  ONNX operator Hardmax
void hardmax(float* y, const float* x, const uint8_t* mask, size_t outer, size_t cols, size_t inner,
             int rules);

// row_stats: what softmax makes of each row, in five numbers.
//
//   max       the largest score
//   lse       log sum_j exp(x_j / t), nats
//   entropy   -sum_j y_j log y_j of the probabilities y, nats
//   margin    the largest score less the second largest; inf where there is no second
//   support   how many scores are neither masked nor -inf
//
//   out     stats [5, outer, inner]   in this order. A row with a NaN is NaN; one with no candidate
//           has -inf, -inf, 0, 0, 0; one with +inf has no entropy but with Rule::infinite_limit
//   in      x [outer, cols, inner]    overwritten with -inf where it is masked
//   cost    O(cols) per row, one exp an entry
//   within  max and margin exact but for the rounding of a difference; lse as log_sum_exp; entropy
//           4 10⁻⁷ (1 + entropy)
//   source  Shannon 1948
void row_stats(float* stats, float* x, const uint8_t* mask, const float* t, size_t outer,
               size_t cols, size_t inner, int rules);
// gumbel_noise: the Gumbel numbers of a seed. Entry c of a row depends on the seed, the stream, the
// row's number and c, and on nothing else.
//
//   g = -log(-log u),   u = (n + 1/2) 2⁻²³,   n the upper 23 bits of a word
//
//   out     g [outer, cols, inner]   in (-2.82, 16.64)
//   in      key [5]   words: seed and stream, low one first, and the number of the first row
//   cost    O(cols) per row: two logs an entry
//   within  2⁻²² absolute and 2 ulp of g(u)
//   source  Salmon et al. 2011 (Philox 4x32-10); Gumbel 1954
void gumbel_noise(float* g, const uint32_t* key, size_t outer, size_t cols, size_t inner);

// gumbel_softmax: softmax of noisy scores, a differentiable draw. With Rule::hard the draw itself:
// all goes to the first of the largest noisy scores, and t is not read.
//
//   y = softmax((x + noise) / t)
//
//   out     y [outer, cols, inner]       may be x or noise
//   in      x, noise [outer, cols, inner]
//   cost    one addition an entry more than softmax
//   within  4 ulp, of softmax of the sums rounded to floats
//   source  Jang, Gu and Poole 2017; Maddison, Mnih and Teh 2017
void gumbel_softmax(float* y, const float* x, const float* noise, const uint8_t* mask,
                    const float* t, size_t outer, size_t cols, size_t inner, int rules);

// gumbel_softmax_vjp: the gradient of gumbel_softmax, from its soft result. A hard draw has the
// same one, straight through.
//
//   dx_i = y_i (dy_i - <y, dy>) / t
//
//   out     dx [outer, cols, inner]     may be y or dy; 0 at temperatures 0 and inf
//   in      y, dy [outer, cols, inner]
//   within  as softmax_vjp
void gumbel_softmax_vjp(float* dx, const float* y, const float* dy, const float* t, size_t outer,
                        size_t cols, size_t inner, int rules);

// mask_below: scores below a threshold leave their row.
//
//   y_i = x_i where x_i >= least or is NaN, -inf elsewhere
//
//   out     y [n]   may be x
//   in      x [n]
//   source  the finite masks of Vaswani et al. 2017: -10⁹ and the like are scores until someone
//           says otherwise
void mask_below(float* y, const float* x, float least, size_t n);

// row_census: how many rows exp cannot answer.
//
//   out     counts [3]               rows with a NaN, rows without a candidate, the first of those
//                                    or -1
//   in      x [outer, cols, inner]
//   source  section "Edge rows" above
void row_census(int32_t* counts, const float* x, const uint8_t* mask, size_t outer, size_t cols,
                size_t inner, int rules);

}  // namespace sm
