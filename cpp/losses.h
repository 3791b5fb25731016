// One number for each row of scores, to be made small; in nats.
//
// The rows of an array [outer, cols, inner] lie along cols: inner is 1 for the last axis. Every op
// makes values, gradients, or both in one go, and takes
//
//   loss    receives the values, [outer, inner]; with LossRule::mean_of_rows or sum_of_rows one,
//           summed in double. Null for none
//   dx      receives the gradient of what loss receives, [outer, cols, inner]; may be x. Null for
//           none
//   mask    bytes, shaped as x, or [cols] with Rule::shared_mask; 1 keeps the class, 0 removes it
//           from its row whatever number stands there. Null when nothing is masked
//   dloss   what arrives at loss, shaped as it: gradients are multiplied by it. Null for 1
//   rules   the sum of the Rules and LossRules that hold
//   t       one temperature for all rows, > 0 and finite: it divides the scores
//
// Edge rows, the same for every loss:
//
//   its target is -1      the row does not count: 0, gradient 0, its scores are not read
//   an entry is NaN       the row is NaN
//   an entry is +inf      the row is NaN
//   some entries -inf     those have probability 0: where they are the target the loss is +inf, its
//                         gradient finite
//   all entries -inf      the row is NaN; where there is a mask the loss is +inf, gradient 0
//   nothing to average    the mean is NaN, or 0 with LossRule::zero_mean; gradient 0
//
// A term with a factor 0 is 0, also where what it multiplies is infinite.
#pragma once

#include <cstddef>
#include <cstdint>

#include "shapes.h"

namespace sm {

// cross_entropy: how improbable the class of each row is.
//
//   loss = (1 - s) w_y l_y + s/K sum_c w_c l_c + z lse²
//   l_c = lse - x_c/t,   lse = log sum_c exp(x_c/t),   dx = (p sum_c v_c - v + 2 z lse p) / t
//
// with v_c what multiplies l_c, s = smoothing, z = z_loss, K the number of classes, or of those
// that the mask of the row keeps. A mean divides by the sum of w_y, its squares by the number of
// rows that count.
//
//   out     loss, dx
//   in      x [outer, cols, inner]
//           target [outer, inner]   y, in [0, cols), or -1
//           weight [cols]           w >= 0; or null for 1
//           dloss, t, smoothing in [0, 1], z_loss >= 0
//   tmp     [3, cols]
//   cost    O(cols) per row: two passes and one exp an entry, three with a gradient
//   within  4 ulp of loss however small it is, and z lse² what 4 2⁻²⁴ in lse come to; dx 4 10⁻⁷ of
//           its factors, entry y 10⁻⁶ relative without smoothing and z_loss
//   source  Bridle 1990; smoothing: Szegedy et al. 2016, section 7; z: Chowdhery et al. 2022,
//           section 5
void cross_entropy(float* loss, float* dx, const float* x, const int32_t* target,
                   const uint8_t* mask, const float* weight, const float* dloss, float* tmp,
                   size_t outer, size_t cols, size_t inner, int rules, float t, float smoothing,
                   float z_loss);

// cross_entropy_soft: cross_entropy with a weight for every class of a row in place of its class.
//
//   loss = sum_c w_c ((1 - s) q_c + s/K) l_c + z lse²
//
//   out     loss, dx
//   in      x, q [outer, cols, inner]   q >= 0; its rows need not sum to 1
//           weight, dloss, t, smoothing, z_loss
//   within  4 ulp of loss; dx 4 10⁻⁷ of its factors
//   source  Szegedy et al. 2016, section 7
void cross_entropy_soft(float* loss, float* dx, const float* x, const float* q, const uint8_t* mask,
                        const float* weight, const float* dloss, float* tmp, size_t outer,
                        size_t cols, size_t inner, int rules, float t, float smoothing,
                        float z_loss);

// focal_loss: cross_entropy that looks away from what is probable already.
//
//   loss = w_y (1 - p_y)^gamma l_y,   dx = w_y k (p - e_y) / t
//   k = (1 - p_y)^gamma - gamma (1 - p_y)^(gamma - 1) p_y log p_y
//
//   out     loss, dx                a mean divides by the sum of w_y
//   in      x [outer, cols, inner]
//           target [outer, inner]   y, in [0, cols), or -1
//           weight [cols]           w >= 0; or null for 1
//           dloss, t, gamma >= 0
//   tmp     [2, cols]
//   within  4 (1 + gamma) ulp of loss; dx 4 10⁻⁷ (1 + gamma) of its factors
//   source  Lin et al. 2017, section 3.2
void focal_loss(float* loss, float* dx, const float* x, const int32_t* target, const uint8_t* mask,
                const float* weight, const float* dloss, float* tmp, size_t outer, size_t cols,
                size_t inner, int rules, float t, float gamma);

// binary_cross_entropy: how improbable yes or no is, for each score alone. Masks and temperatures
// it has none.
//
//   loss = w_c (v_c q log(1 + exp(-x)) + (1 - q) log(1 + exp(x)))
//   dx = w_c ((1 - q) sigmoid(x) - v_c q sigmoid(-x))
//
//   out     loss [outer, cols, inner]   or one; dx may be x
//   in      x, q [outer, cols, inner]   q in [0, 1], the part of yes
//           weight, positive [cols]     w, v >= 0; or null for 1
//           dloss                       shaped as loss
//   within  4 ulp of loss; dx 4 10⁻⁷ w_c (v_c + 1)
//   source  Cox 1958, in the form that neither overflows nor cancels
void binary_cross_entropy(float* loss, float* dx, const float* x, const float* q,
                          const float* weight, const float* positive, const float* dloss,
                          size_t outer, size_t cols, size_t inner, int rules);

// kl_divergence: how far the probabilities of the scores are from those of the targets.
//
//   loss = sum q (log q - log p),   dx = (p sum q - q) / t,   p = softmax(x / t)
//   with LossRule::reverse_divergence   loss = sum p (log p - log q),   dx = p (log p - log q -
//   loss) / t
//
// With LossRule::target_scores q is the softmax of scores at t. Reversed it is infinite, and its
// gradient NaN, where q is 0 and p is not.
//
//   out     loss, dx
//   in      x, q [outer, cols, inner]   q >= 0, or scores; of masked classes it is not read
//           dloss, t
//   tmp     [5, cols]
//   within  6 2⁻²⁴ sum of (1 + |log p| + |log q|) times q, reversed times p; dx as much
//   source  Kullback and Leibler 1951
void kl_divergence(float* loss, float* dx, const float* x, const float* q, const uint8_t* mask,
                   const float* dloss, float* tmp, size_t outer, size_t cols, size_t inner,
                   int rules, float t);

// distillation: t² times the kl_divergence of student scores from teacher scores at temperature t.
//
//   loss = t² sum q (log q - log p),   q = softmax(teacher / t),   p = softmax(x / t)
//
//   out     loss, dx
//   in      x, q [outer, cols, inner]   q scores of the teacher
//           dloss, t
//   tmp     [5, cols]
//   within  t² of what kl_divergence is within
//   source  Hinton, Vinyals and Dean 2015, section 2
void distillation(float* loss, float* dx, const float* x, const float* q, const uint8_t* mask,
                  const float* dloss, float* tmp, size_t outer, size_t cols, size_t inner,
                  int rules, float t);

// entropy: how undecided the probabilities of each row are; 0 where there are none.
//
//   loss = -sum p log p,   dx = -p (log p + loss) / t
//
//   out     loss, dx
//   in      x [outer, cols, inner], dloss, t
//   tmp     [2, cols]
//   within  4 ulp; dx 6 2⁻²⁴ p (|log p| + loss) / t
//   source  Shannon 1948, section 6
void entropy(float* loss, float* dx, const float* x, const uint8_t* mask, const float* dloss,
             float* tmp, size_t outer, size_t cols, size_t inner, int rules, float t);

// log_probability: of the action taken in each row, -inf where it is masked.
//
//   loss = log p_a,   dx = (e_a - p) / t
//
//   out     loss, dx
//   in      x [outer, cols, inner]
//           target [outer, inner]   a, in [0, cols), or -1
//           dloss, t
//   tmp     [2, cols]
//   within  4 ulp of loss; dx 4 10⁻⁷, entry a 10⁻⁶ relative
//   source  Williams 1992, section 4
void log_probability(float* loss, float* dx, const float* x, const int32_t* target,
                     const uint8_t* mask, const float* dloss, float* tmp, size_t outer, size_t cols,
                     size_t inner, int rules, float t);

// policy_gradient: what descends along the policy gradient, with a bonus b for entropy H.
//
//   loss = -A log p_a - b H,   dx = (A (p - e_a) + b p (log p + H)) / t
//
//   out     loss, dx
//   in      x [outer, cols, inner]
//           target [outer, inner]      a, in [0, cols), or -1
//           advantage [outer, inner]   A, any sign
//           dloss, t, bonus >= 0
//   tmp     [2, cols]
//   within  4 ulp of |A log p_a| + b H; dx 6 10⁻⁷ of its factors
//   source  Williams 1992; entropy: Williams and Peng 1991, section 3
void policy_gradient(float* loss, float* dx, const float* x, const int32_t* target,
                     const float* advantage, const uint8_t* mask, const float* dloss, float* tmp,
                     size_t outer, size_t cols, size_t inner, int rules, float t, float bonus);

// sparsemax_loss: the loss whose gradient is that of sparsemax from the class; exactly 0 where the
// class leads by 1 or more.
//
//   loss = (1 - sum p²) / 2 + <p, x / t> - x_y / t,   dx = (p - e_y) / t,   p = sparsemax(x / t)
//
//   out     loss, dx
//   in      x [outer, cols, inner]
//           target [outer, inner]   y, in [0, cols), or -1
//           dloss, t
//   tmp     [2, cols]
//   within  10⁻⁶ (1 + loss); dx as sparsemax
//   source  Martins and Astudillo 2016, section 3; Blondel, Martins and Niculae 2020
void sparsemax_loss(float* loss, float* dx, const float* x, const int32_t* target,
                    const uint8_t* mask, const float* dloss, float* tmp, size_t outer, size_t cols,
                    size_t inner, int rules, float t);

// entmax_loss: the same for alpha-entmax: cross_entropy at alpha 1, sparsemax_loss at 2; exactly 0
// where the class leads by 1 / (alpha - 1) or more.
//
//   loss = (1 - sum p^alpha) / (alpha (alpha - 1)) + <p, x / t> - x_y / t,   dx = (p - e_y) / t
//
//   out     loss, dx
//   in      x [outer, cols, inner]
//           target [outer, inner]   y, in [0, cols), or -1
//           dloss, t, alpha > 0
//   tmp     [2, cols]
//   within  2 10⁻⁶ (1 + loss) up to alpha 2; dx as entmax
//   source  Blondel, Martins and Niculae 2020, section 4.2
void entmax_loss(float* loss, float* dx, const float* x, const int32_t* target, const uint8_t* mask,
                 const float* dloss, float* tmp, size_t outer, size_t cols, size_t inner, int rules,
                 float t, float alpha);

}  // namespace sm
