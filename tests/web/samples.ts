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

/** Attention of two batches, four heads in two groups, five queries and seven keys, with every rule. */
const tensor = (dims: number[], seed: number) => ({
  data: scores(
    dims.reduce((a, b) => a * b),
    seed,
    2,
  ),
  dims,
});
const [q, k, v] = [tensor([2, 4, 5, 6], 4), tensor([2, 2, 7, 6], 5), tensor([2, 2, 7, 6], 6)];
const seeing = {
  causal: true,
  window: [4, 0] as const,
  keepMask: { data: keeps(35), dims: [5, 7] },
  bias: tensor([4, 1, 7], 7),
  keyLengths: [7, 6],
  softcap: 10,
  alibi: true,
  sinks: [0, 1, -1, 2],
};
const joined = (...parts: Float32Array[]) => Float32Array.from(parts.flatMap((part) => Array.from(part)));

const dw = tensor([2, 4, 5, 7], 8);
const looking = { ...seeing, sinks: undefined };

type Result = Float32Array | SoftmaxState | RowStats;
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
  attentionWeights: (sm) => sm.attentionWeights(q, k, { ...looking, map: "entmax", alpha }).data,
  attentionWeightsVjp: (sm) => {
    const { dq, dk } = sm.attentionWeightsVjp(q, k, sm.attentionWeights(q, k, seeing), dw, seeing);
    return joined(dq, dk);
  },
  attention: (sm) => {
    const { out, lse } = sm.attention(q, k, v, { ...seeing, lse: true });
    return joined(out.data, lse, sm.attention(tensor([2, 4, 1, 6], 8), k, v, { causal: true }).data);
  },
  attentionVjp: (sm) => {
    const result = sm.attention(q, k, v, { ...seeing, lse: true });
    const { dq, dk, dv, dsinks } = sm.attentionVjp(q, k, v, result, tensor([2, 4, 5, 6], 9), seeing);
    return joined(dq, dk, dv, dsinks as Float32Array);
  },
  mergeAttention: (sm) => {
    const half = (heads: number) =>
      sm.attention(q, tensor([2, 2, 3, 6], heads), tensor([2, 2, 3, 6], 10), { lse: true });
    const { out, lse } = sm.mergeAttention(half(11), half(12));
    return joined(out, lse);
  },
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
