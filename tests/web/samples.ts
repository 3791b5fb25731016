// One small call per public function: variants, memory, house and others ask the same questions of each.
import type { RowStats, Softmax, SoftmaxState } from "softmax-wasm";

/** Whole numbers in [0, 2³²), the same for the same seed: mulberry32. */
export const random = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let z = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
  return (z ^ (z >>> 14)) >>> 0;
};

/** n floats in [-spread, spread). */
export const scores = (n: number, seed = 1, spread = 8): Float32Array => {
  const next = random(seed);
  return Float32Array.from({ length: n }, () => (next() / 2 ** 31 - 1) * spread);
};

/** n mask bytes of which about three in four keep. */
export const keeps = (n: number, seed = 1): Uint8Array => {
  const next = random(seed);
  return Uint8Array.from({ length: n }, () => Number(next() % 4 > 0));
};

const [rows, cols] = [3, 7];
const x = scores(rows * cols);
const dy = scores(rows * cols, 2);
const perRow = scores(rows, 3);
const alpha = 1.25;
const options = { cols, temperature: [0.5, 1, 2], mask: keeps(rows * cols) };

const heads = { heads: 2, kvHeads: 1, dim: 4, causal: true, softcap: 3 };
const [q, k] = [scores(2 * 5 * 4, 4, 2), scores(6 * 4, 5, 2)];
const dw = scores(2 * 5 * 6, 6);

type Result = Float32Array | SoftmaxState | RowStats | { dq: Float32Array; dk: Float32Array };
export type Sample = (sm: Softmax) => Result;

export const samples = {
  softmax: (sm) => sm.softmax(x, options),
  softmaxVjp: (sm) => sm.softmaxVjp(sm.softmax(x, options), dy, { cols, temperature: 2 }),
  logSoftmax: (sm) => sm.logSoftmax(x, options),
  logSoftmaxVjp: (sm) => sm.logSoftmaxVjp(sm.logSoftmax(x, options), dy, { cols, temperature: 2 }),
  logSumExp: (sm) => sm.logSumExp(x, options),
  logSumExpVjp: (sm) => sm.logSumExpVjp(x, perRow, options),
  sparsemax: (sm) => sm.sparsemax(x, options),
  sparsemaxVjp: (sm) => sm.sparsemaxVjp(sm.sparsemax(x, options), dy, { cols, temperature: 2 }),
  entmax15: (sm) => sm.entmax15(x, options),
  entmax15Vjp: (sm) => sm.entmax15Vjp(sm.entmax15(x, options), dy, { cols, temperature: 2 }),
  entmax: (sm) => sm.entmax(x, { ...options, alpha: [0.5, 1.25, 3] }),
  entmaxVjp: (sm) => sm.entmaxVjp(sm.entmax(x, { cols, alpha }), dy, { cols, alpha }),
  entmaxAlphaVjp: (sm) => sm.entmaxAlphaVjp(sm.entmax(x, { cols, alpha }), dy, { cols, alpha }),
  hardmax: (sm) => sm.hardmax(x, { cols, mask: options.mask, tie: "split" }),
  rowStats: (sm) => sm.rowStats(x, options),
  softmaxStateFold: (sm) => sm.softmaxStateFold(x, options),
  softmaxStateMerge: (sm) => sm.softmaxStateMerge(sm.softmaxStateFold(x, { cols }), sm.softmaxStateFold(dy, { cols })),
  softmaxStateRead: (sm) => sm.softmaxStateRead(sm.softmaxStateFold(x, { cols })),
  softmaxStateApply: (sm) => sm.softmaxStateApply(x, sm.softmaxStateFold(x, options), options),
  attentionWeights: (sm) => sm.attentionWeights(q, k, { ...heads, map: "entmax", alpha }),
  attentionWeightsVjp: (sm) => sm.attentionWeightsVjp(q, k, sm.attentionWeights(q, k, heads), dw, heads),
} satisfies Record<string, Sample>;

/** The numbers of a result, one after the other. */
export const numbers = (result: Result): Float32Array =>
  result instanceof Float32Array
    ? result
    : Float32Array.from(Object.values(result).flatMap((part: Float32Array) => [...part]));

/** The bits of floats; all NaNs are one, since engines may choose the bits of a NaN. */
export const bits = (result: Result): number[] => {
  const floats = numbers(result);
  const words = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  return Array.from(words, (word, i) => (Number.isNaN(floats[i]) ? 0x7fc00000 : word));
};
