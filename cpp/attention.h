// Queries look for keys and take their values.
//
// AttentionShape says how many there are and how they lie, AttentionMask which keys a query sees
// and how a score is made (shapes.h). A key that a query does not see has weight 0 exactly, and
// neither it nor its value is read as a number: NaN there reaches nobody.
//
// Edge rows:
//
//   a query sees no key, or only scores -inf   its output is 0, lse -inf, all its gradients 0
//   a score it sees is NaN or +inf             its row and lse are NaN
//   a sink                                     takes its share of the weight; lse is without it
#pragma once

#include <cstddef>
#include <cstdint>

#include "shapes.h"

namespace sm {

// attention: attention outputs and row normalisers, without the matrix of weights.
//
//   o = softmax(s) v,   lse = logsumexp(s),   s the scores of AttentionMask
//
//   out     o    [batch, heads, queries, value_dim]   not q, k or v
//           lse  [batch, heads, queries]              null: not wanted
//   in      q    [batch, heads, queries, dim]
//           k    [batch, kv_heads, keys, dim]         or as their Keeping says
//           v    [batch, kv_heads, keys, value_dim]
//   tmp     [attention_room (dim + value_dim + 64)]
//   cost    O(dim + value_dim) for each key a query may see by its place and the lengths
//   within  twice the error of plain float32, and 4 2⁻²⁴ of the largest |v|; lse 2 ulp and the
//   rounding of the scores
//   source  Dao 2023, algorithm 1; running maximum after Milakov and Gimelshein 2018
void attention(float* o, float* lse, const float* q, const float* k, const float* v, float* tmp,
               const AttentionShape* shape, const AttentionMask* mask);

// decode_attention: the same for few queries and many keys, reading keys and values once, in order.
//
//   out     o, lse          as attention
//   in      q, k, v         as attention
//   tmp     [attention_room (dim + value_dim + 64)]
//   cost    one reading of k and v for each query
//   within  as attention
//   source  Dao, Haziza, Massa and Sizov 2023, Flash-Decoding
void decode_attention(float* o, float* lse, const float* q, const float* k, const float* v,
                      float* tmp, const AttentionShape* shape, const AttentionMask* mask);

// append_keys: keys are put behind those of a cache, turned around: decoding then adds up the
// scores of many keys at once, reads memory in order and each number once.
//
//   a head is one tile of 64 keys after the other, a tile two of [dim, 32]
//
//   out     cache [heads, capacity, dim]   not x; in_half_tiles: patterns of binary16
//   in      x     [heads, n, dim]
//           capacity                       positions, a multiple of cache_tile
//           from                           positions that are there; from + n <= capacity
//           keeping                        Keeping::in_tiles or in_half_tiles
//   returns 0 when some of it became a half that is infinite or NaN, otherwise 1
//   within  exact; halves are rounded as by to_float16
//   source  Pope et al. 2022, section 3.3, of caches of keys and values
int append_keys(void* cache, const float* x, size_t heads, size_t capacity, size_t from, size_t n,
                size_t dim, int keeping);

// append_values: the same for values, in strips of 32 columns.
//
//   a head is one tile of 64 values after the other, a tile [64, 32] for each 32 columns and
//   [64, dim mod 32] for those left
//
//   out     cache [heads, capacity, dim]   not x; in_half_tiles: patterns of binary16
//   in      x, capacity, from, keeping     as append_keys
//   within  as append_keys
//   source  Pope et al. 2022, section 3.3
int append_values(void* cache, const float* x, size_t heads, size_t capacity, size_t from, size_t n,
                  size_t dim, int keeping);

// merge_attention: outputs over different keys become the output over all of them. Commutative;
// associative up to rounding; (0, -inf) changes nothing.
//
//   lse = log(exp lse_a + exp lse_b),   o = o_a exp(lse_a - lse) + o_b exp(lse_b - lse)
//
//   out     o [rows, dim], lse [rows]       may be those of a or b
//   in      o_a, o_b [rows, dim], lse_a, lse_b [rows]
//   within  3 2⁻²⁴ of the larger of |o_a| and |o_b|, and what half an ulp of each lse does
//   source  Dao, Haziza, Massa and Sizov 2023, Flash-Decoding
void merge_attention(float* o, float* lse, const float* o_a, const float* lse_a, const float* o_b,
                     const float* lse_b, size_t rows, size_t dim);

// attention_vjp: the gradients of attention, from its results; weights are made again from lse.
//
//   p = exp(s - lse),   dv = pᵀ do,   ds = p (do vᵀ - <do, o> + dlse),   dq = ds k,   dk = dsᵀ q,
//   each by the slope of its score
//
//   out     dq, dk, dv          lie as q, k and v
//           dsinks [heads]      null: not wanted
//   in      q, k, v, o, lse     as attention took and gave them
//           d_o                 the gradient that arrives at o, lies as it
//           dlse                … at lse; null: 0
//   tmp     [attention_room (dim + value_dim + 64)]
//   source  Dao 2023, algorithm 2
void attention_vjp(float* dq, float* dk, float* dv, float* dsinks, const float* q, const float* k,
                   const float* v, const float* o, const float* lse, const float* d_o,
                   const float* dlse, float* tmp, const AttentionShape* shape,
                   const AttentionMask* mask);

// attention_weights: which keys a query looks at, as the matrix of weights or what it says.
//
//   w = map(s), s the scores of AttentionMask; map is entmax of maps.h, at alpha 1 softmax
//
//   out     view [1]   what its pointers point at: not q or k. Where sequences are shorter than
//                      queries and keys, w is 0, and at Stage::stage_biased -inf
//   in      q    [batch, heads, queries, dim]
//           k    [batch, kv_heads, keys, dim]
//   tmp     [8 dim + 9 keys + 576]
//   cost    O(dim) for each pair, and the map; no more memory than what is wanted
//   within  the map's error, and the rounding of the scores; mean (heads + 4) 2⁻²⁴; entropy 10⁻⁶
//   source  Vaswani et al. 2017, section 3.2.1; ONNX operator Attention, qk_matmul_output_mode
void attention_weights(const AttentionView* view, const float* q, const float* k, float* tmp,
                       const AttentionShape* shape, const AttentionMask* mask);

// attention_weights_vjp: the gradient of attention_weights, from its result w, of weights.
//
//   ds = the map's gradient from w and dw,   dq = ds k,   dk = dsᵀ q, each by the slope of its
//   score
//
//   out     dq, dk   lie as q and k
//   in      w, dw    [batch, heads, queries, keys]   dw is not read where w is 0
//           q, k     as attention_weights took them
//           alpha    that made w
//   tmp     [8 dim + 9 keys + 576]
//   source  Dao 2023, section 2.2
void attention_weights_vjp(float* dq, float* dk, const float* w, const float* dw, const float* q,
                           const float* k, float* tmp, const AttentionShape* shape,
                           const AttentionMask* mask, float alpha);

}  // namespace sm
