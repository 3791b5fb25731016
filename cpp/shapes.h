// Sizes and rules that cross the boundary.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sm {

// What a row function does where the formula is silent; the values of one call are added up. 0 is
// the default of all.
enum Rule : int {
  empty_zero = 1,      // a row without a candidate: probabilities 0, and not NaN
  empty_uniform = 2,   // … or equal shares of its kept entries, of all entries when none is kept
  infinite_limit = 4,  // a row with entries +inf: they share the mass, and the row is not NaN
  tie_split = 8,       // at temperature 0 equal largest scores share; without it the first wins
  row_temperature = 16,  // one temperature for each row, and not one for all
  shared_mask = 32,      // one mask of cols bytes for all rows
  row_alpha = 64,        // one alpha for each row, and not one for all
  hard = 128,            // all to the largest, as at temperature 0
};

// Which formula gelu follows.
enum Gelu : int {
  erf_form = 0,   // the exact one
  tanh_form = 1,  // the approximation that models are also trained with
};

// What a loss makes of its rows, added to the Rules of a call.
enum LossRule : int {
  mean_of_rows = 1 << 16,   // one number, their mean, and not one for each row
  sum_of_rows = 1 << 17,    // … or their sum
  zero_mean = 1 << 18,      // a mean of nothing is 0, and not NaN
  target_scores = 1 << 19,  // targets are scores, of which the softmax counts
  reverse_divergence =
      1 << 20,  // of the scores from the targets, and not of the targets from the scores
};

// Floats from one to the next along each dimension of an array [batch, heads, rows, row]; 0 where
// one serves all.
struct Strides {
  size_t batch, head, row;
  size_t at(size_t b, size_t h, size_t r) const { return b * batch + h * head + r * row; }
};

// How keys and values lie.
enum Keeping : int {
  in_rows = 0,               // as their Strides say
  in_tiles = 1,              // as append_keys and append_values of attention.h lay them
  in_half_tiles = 2,         // … as patterns of binary16
  in_finite_half_tiles = 3,  // … none of which is infinite or NaN
};

// Positions of a tile: how many a cache holds of each head is a multiple.
enum CacheTile : int { cache_tile = 64 };

// The arrays of an attention call. web/attention.ts writes it, and AttentionMask, as 32-bit words
// in this order.
struct AttentionShape {
  size_t batch, heads;
  size_t kv_heads;       // divides heads: query head h uses key head h kv_heads / heads
  size_t queries, keys;  // of each sequence; where there are starts, of the longest
  size_t dim, value_dim;
  Strides q, k, v, o, lse;  // a gradient lies as what it is the gradient of
  // [batch + 1] rows at which sequences of different lengths begin, the last their number; null
  // when all are equally long. Strides of batch are 0 then.
  const int32_t *query_starts, *key_starts;
  int32_t keeping;  // a Keeping, of k and v; all but attention and decode_attention take rows
};

// Which keys a query sees, and how a score becomes what the softmax is taken of:
//
//   s = softcap tanh(scale <q, k> / softcap) + bias - slope |i + offset - j|
//
// Query i is beside key i + offset. It sees the keys from left of that to right of it, if there is
// such a key and a byte of keep lets it: a key whose bias is -inf is not seen, whatever its score.
struct AttentionMask {
  float scale, softcap;  // softcap 0: no cap
  int32_t left, right;   // -1: without end; causal is right 0
  int32_t
      top_left;  // 1: offset is 0; 0: it is keys - queries, so that the last are beside each other
  const int32_t* lengths;  // [batch] keys that count, offset is not moved by it; null: all
  const uint8_t* keep;     // 1 = seen; strides in bytes, a row is [keys]; null: all
  Strides keep_at;
  const float* bias;  // a row is [keys]; null: none
  Strides bias_at;
  const float* slopes;  // ALiBi, [heads]; null: none
  const float*
      sinks;  // [heads] a score beside the keys that takes weight and has no value; null: none
};

// How far a score is taken: scaled, capped, with what is added and hidden, or as a weight. The
// first two are of every pair, hidden or not.
enum Stage : int { stage_raw, stage_capped, stage_biased, stage_probabilities };

// What is wanted of the weights of an attention call; where a pointer is null it is not. All are of
// the Stage, those from the largest on of weights only. web/weights.ts writes it as 32-bit words in
// this order.
struct AttentionView {
  int32_t stage;
  float alpha;     // of the map, entmax: 1 is softmax, 1.5 entmax15, 2 sparsemax
  float* w;        // [batch, heads, queries, keys]
  float* mean;     // [batch, queries, keys] over heads
  float* largest;  // [batch, heads, queries, n] the n largest weights of a query, and
  int32_t* which;  // … whose they are; of two equal ones the first. 0 and -1 where there is none
  size_t n;
  float* entropy;  // [batch, heads, queries] in nats
  float* peak;     // [batch, heads, queries] the largest weight
};

// As web/attention.ts and web/weights.ts write them.
static_assert(sizeof(void*) != 4 || (sizeof(AttentionShape) == 100 && sizeof(AttentionMask) == 64 &&
                                     sizeof(AttentionView) == 36));

// Room that attention kernels ask for: floats for each of (dim + value_dim + 64).
enum AttentionRoom : int { attention_room = 128 };

}  // namespace sm
