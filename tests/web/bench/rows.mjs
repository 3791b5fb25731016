// What is measured, and what is asked of it. A new op is a row here and a function in each of
// peers/ that has it.
//
//   op, how   which function of the contestants: peer[how][op]({ x, rows, cols })
//   atLeast   how many times as fast as a peer each of our variants must be
//   against   our own op to compare with, and atMost: how many times its time is allowed

const many = { relaxed: { tfjs: 1.8, litert: 1.2, ort: 3 }, simd: { tfjs: 1.15, ort: 2 } };
const cols16 = { relaxed: { tfjs: 2.5 }, simd: { tfjs: 2 } };
const cols64 = { relaxed: { tfjs: 2 }, simd: { tfjs: 1.5 } };
const logs = { relaxed: { ort: 3 }, simd: { ort: 2 } };
const tiny = { relaxed: { plain: 1 / 3, tfjs: 20 }, simd: { plain: 1 / 3, tfjs: 20 } };
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
  { op: "sparsemax", how: "inside", rows: 1, cols: 1000, atLeast: sparse },
  { op: "sparsemax", how: "inside", rows: 1, cols: 32000, atLeast: sparse },
  { op: "sparsemax", how: "inside", rows: 128, cols: 1000, atLeast: sparse },
  { op: "entmax15", how: "inside", rows: 1, cols: 1000, atLeast: sparse },
  { op: "entmax15", how: "inside", rows: 1, cols: 32000, atLeast: sparse },
  { op: "entmax15", how: "inside", rows: 128, cols: 1000, atLeast: sparse },
  { op: "softmax", how: "endToEnd", rows: 1, cols: 10, atLeast: tiny },
  { op: "softmax", how: "endToEnd", rows: 1024, cols: 1024 },
  { op: "softmax", how: "into", rows: 1, cols: 10 },
  { op: "softmax", how: "into", rows: 1024, cols: 1024, atLeast: into },
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
];

/** Rows of cols normal numbers with standard deviation sd, against the definition in double. */
export const accuracy = [
  { op: "softmax", cols: 16, sd: 1 },
  { op: "softmax", cols: 1000, sd: 1 },
  { op: "softmax", cols: 1000, sd: 10 },
  { op: "softmax", cols: 1000, sd: 30 },
  { op: "softmax", cols: 32000, sd: 3 },
  { op: "softmax", cols: 128000, sd: 10 },
  { op: "logSoftmax", cols: 1000, sd: 1 },
  { op: "logSoftmax", cols: 32000, sd: 3 },
  { op: "logSumExp", cols: 1000, sd: 1 },
  { op: "logSumExp", cols: 32000, sd: 3 },
];
