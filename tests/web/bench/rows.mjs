// What is measured, and what is asked of it. A new op is a row here and a function in each of
// peers/ that has it.
//
//   op, how   which function of the contestants: peer[how][op]({ x, rows, cols })
//   atLeast   how many times as fast as a peer each of our variants must be
//   how       absent for attention, which is inside
//   against   our own op to compare with, and atMost: how many times its time is allowed

const many = { relaxed: { tfjs: 1.8, litert: 1.2, ort: 3 }, simd: { tfjs: 1.15, ort: 2 } };
const cols16 = { relaxed: { tfjs: 2.5 }, simd: { tfjs: 2 } };
const cols64 = { relaxed: { tfjs: 2 }, simd: { tfjs: 1.5 } };
const logs = { relaxed: { ort: 3 }, simd: { ort: 2 } };
const tiny = { relaxed: { plain: 1 / 3, tfjs: 20 }, simd: { plain: 1 / 3, tfjs: 20 } };
const losses = { relaxed: { plain: 10 }, simd: { plain: 10 } };
const into = { relaxed: { tfjs: 3 }, simd: { tfjs: 2 } };

const sparse = { relaxed: { plain: 10 }, simd: { plain: 10 } };

/** Beside the peers. */
export const speed = [
  { op: "softmax", how: "inside", rows: 1, cols: 10 },
  { op: "softmax", how: "inside", rows: 1, cols: 1000, atLeast: many },
  { op: "softmax", how: "inside", rows: 1, cols: 32000, atLeast: many },
  { op: "softmax", how: "inside", rows: 1, cols: 128256, atLeast: many },
  { op: "softmax", how: "inside", rows: 128, cols: 1000, atLeast: many },
  { op: "softmax", how: "inside", rows: 1024, cols: 1024, atLeast: many },
  { op: "softmax", how: "inside", rows: 4096, cols: 128 },
  { op: "softmax", how: "inside", rows: 32, cols: 50257, atLeast: many },
  { op: "softmax", how: "inside", rows: 8192, cols: 64, atLeast: cols64 },
  { op: "softmax", how: "inside", rows: 65536, cols: 16, atLeast: cols16 },
  { op: "logSoftmax", how: "inside", rows: 1024, cols: 1024, atLeast: logs },
  { op: "logSoftmax", how: "inside", rows: 128, cols: 1000, atLeast: logs },
  { op: "logSoftmax", how: "inside", rows: 1, cols: 32000, atLeast: logs },
  { op: "logSumExp", how: "inside", rows: 1024, cols: 1024, atLeast: logs },
  { op: "logSumExp", how: "inside", rows: 128, cols: 1000, atLeast: logs },
  { op: "logSumExp", how: "inside", rows: 1, cols: 32000, atLeast: logs },
  { op: "softmaxVjp", how: "inside", rows: 1024, cols: 1024 },
  { op: "softmaxVjp", how: "inside", rows: 128, cols: 1000 },
  { op: "crossEntropy with gradient", how: "inside", rows: 1, cols: 1000, atLeast: losses },
  { op: "crossEntropy with gradient", how: "inside", rows: 1, cols: 32000, atLeast: losses },
  { op: "crossEntropy with gradient", how: "inside", rows: 128, cols: 1000, atLeast: losses },
  { op: "sparsemax", how: "inside", rows: 1, cols: 1000, atLeast: sparse },
  { op: "sparsemax", how: "inside", rows: 1, cols: 32000, atLeast: sparse },
  { op: "sparsemax", how: "inside", rows: 128, cols: 1000, atLeast: sparse },
  { op: "entmax15", how: "inside", rows: 1, cols: 1000, atLeast: sparse },
  { op: "entmax15", how: "inside", rows: 1, cols: 32000, atLeast: sparse },
  { op: "entmax15", how: "inside", rows: 128, cols: 1000, atLeast: sparse },
  { op: "sparsemax, swept", how: "inside", rows: 1, cols: 32000 },
  { op: "sparsemax, swept", how: "inside", rows: 128, cols: 1000 },
  { op: "entmax15, swept", how: "inside", rows: 1, cols: 32000 },
  { op: "entmax15, swept", how: "inside", rows: 128, cols: 1000 },
  { op: "softmax", how: "endToEnd", rows: 1, cols: 10, atLeast: tiny },
  { op: "softmax", how: "endToEnd", rows: 1024, cols: 1024 },
  { op: "softmax", how: "into", rows: 1, cols: 10 },
  { op: "softmax", how: "into", rows: 1024, cols: 1024, atLeast: into },
];

const full = { relaxed: { ort: 1.9, litert: 1.25, limits: 0.75 }, simd: { ort: 1.45 } };
const causal = { relaxed: { ort: 3.6, litert: 2.3 }, simd: { ort: 2.7 } };
const decode = { relaxed: { ort: 4, limits: 0.85 }, simd: { ort: 4, limits: 0.85 } };
const shortDecode = { relaxed: { ort: 2 }, simd: { ort: 1.8 } };
const square = (heads, length, dim) => ({ op: "attention", heads, queries: length, keys: length, dim });

/**
 * Attention, inside, beside the peers and what the machine allows. Causal is measured as if full. To decode is attention
 * of one query, over keys and values as a contestant likes to have them beforehand.
 */
export const attention = [
  { op: "decode", heads: 8, queries: 1, keys: 1024, dim: 64, atLeast: shortDecode },
  { op: "decode", heads: 8, queries: 1, keys: 4096, dim: 128, atLeast: decode },
  square(8, 128, 64),
  { ...square(8, 128, 64), causal: true },
  { ...square(8, 512, 64), atLeast: full },
  { ...square(8, 512, 64), causal: true, atLeast: causal },
  { ...square(8, 1024, 64), atLeast: full },
  { ...square(8, 1024, 64), causal: true, atLeast: causal },
  { ...square(1, 2048, 128), atLeast: full },
  { ...square(1, 2048, 128), causal: true, atLeast: causal },
];

/** This library beside itself: what an option costs. */
export const options = [
  { op: "softmax, first axis", against: "softmax", rows: 512 * 512, cols: 21, atMost: 1.3 },
  { op: "sparsemax", against: "softmax", rows: 1, cols: 1000, atMost: 3 },
  { op: "sparsemax", against: "softmax", rows: 1, cols: 32000, atMost: 3 },
  { op: "sparsemax", against: "softmax", rows: 128, cols: 1000, atMost: 3 },
  { op: "entmax15", against: "softmax", rows: 1, cols: 1000, atMost: 3 },
  { op: "entmax15", against: "softmax", rows: 1, cols: 32000, atMost: 3 },
  { op: "entmax15", against: "softmax", rows: 128, cols: 1000, atMost: 3 },
  { op: "softmax, masked", against: "softmax", rows: 1024, cols: 1024 },
  { op: "softmax, masked", against: "softmax", rows: 1, cols: 32000 },
  { op: "softmax, temperature 0.7", against: "softmax", rows: 1024, cols: 1024 },
  { op: "softmax, temperature 0.7", against: "softmax", rows: 1, cols: 32000 },
  { op: "crossEntropy with gradient", against: "softmax", rows: 1, cols: 1000, atMost: 1.6 },
  { op: "crossEntropy with gradient", against: "softmax", rows: 1, cols: 32000, atMost: 1.6 },
  { op: "crossEntropy with gradient", against: "softmax", rows: 128, cols: 1000, atMost: 1.6 },
  { op: "decode, halves", against: "decode, cached", heads: 8, queries: 1, keys: 1024, dim: 64 },
  { op: "decode, halves", against: "decode, cached", heads: 8, queries: 1, keys: 4096, dim: 128 },
  ...[512, 1024].flatMap((length) =>
    [false, true].map((causal) => ({
      ...square(8, length, 64),
      op: "attentionVjp",
      causal,
      against: "attention",
      atMost: 3,
    })),
  ),
];

/**
 * Rows of cols normal numbers with standard deviation sd, the first of each that much above the others, against the
 * definition in double.
 */
export const accuracy = [
  { op: "softmax", cols: 16, sd: 1 },
  { op: "softmax", cols: 1000, sd: 1 },
  { op: "softmax", cols: 1000, sd: 1, above: 12 },
  { op: "softmax", cols: 1000, sd: 10 },
  { op: "softmax", cols: 1000, sd: 30 },
  { op: "softmax", cols: 32000, sd: 3 },
  { op: "softmax", cols: 128000, sd: 10 },
  { op: "logSoftmax", cols: 1000, sd: 1 },
  { op: "logSoftmax", cols: 32000, sd: 3 },
  { op: "logSumExp", cols: 1000, sd: 1 },
  { op: "logSumExp", cols: 32000, sd: 3 },
  square(8, 128, 64),
  { ...square(8, 128, 64), causal: true },
];
