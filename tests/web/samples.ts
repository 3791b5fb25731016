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

const classes = [3, -100, 0];
const actions = [3, 6, 0];
const parts = scores(rows * cols, 4).map((v) => v / 16 + 0.5); // in [0, 1)
const factors = scores(cols, 5).map(Math.abs);
const lossOptions = { cols, temperature: 2, mask: keeps(rows * cols), reduction: "none" as const };

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
  gumbelNoise: (sm) => sm.gumbelNoise({ rows, cols }, { seed: 1, stream: 2n ** 40n, firstRow: 3 }),
  gumbelSoftmax: (sm) => sm.gumbelSoftmax(x, { ...options, seed: 1 }),
  gumbelSoftmaxVjp: (sm) =>
    sm.gumbelSoftmaxVjp(sm.gumbelSoftmax(x, { ...options, seed: 1 }), dy, { cols, temperature: 2 }),
  sigmoid: (sm) => sm.sigmoid(x),
  sigmoidVjp: (sm) => sm.sigmoidVjp(sm.sigmoid(x), dy),
  logSigmoid: (sm) => sm.logSigmoid(x),
  logSigmoidVjp: (sm) => sm.logSigmoidVjp(x, dy),
  softplus: (sm) => sm.softplus(x),
  softplusVjp: (sm) => sm.softplusVjp(x, dy),
  tanh: (sm) => sm.tanh(x),
  tanhVjp: (sm) => sm.tanhVjp(sm.tanh(x), dy),
  relu: (sm) => sm.relu(x),
  reluVjp: (sm) => sm.reluVjp(x, dy),
  leakyRelu: (sm) => sm.leakyRelu(x, { slope: 0.2 }),
  leakyReluVjp: (sm) => sm.leakyReluVjp(x, dy, { slope: 0.2 }),
  silu: (sm) => sm.silu(x),
  siluVjp: (sm) => sm.siluVjp(x, dy),
  gelu: (sm) => sm.gelu(x),
  geluVjp: (sm) => sm.geluVjp(x, dy, { approximate: "tanh" }),
  softmaxStateFold: (sm) => sm.softmaxStateFold(x, options),
  softmaxStateMerge: (sm) => sm.softmaxStateMerge(sm.softmaxStateFold(x, { cols }), sm.softmaxStateFold(dy, { cols })),
  softmaxStateRead: (sm) => sm.softmaxStateRead(sm.softmaxStateFold(x, { cols })),
  softmaxStateApply: (sm) => sm.softmaxStateApply(x, sm.softmaxStateFold(x, options), options),
  crossEntropy: (sm) => sm.crossEntropy(x, classes, { ...lossOptions, labelSmoothing: 0.1, zLoss: 0.01 }),
  crossEntropyVjp: (sm) => sm.crossEntropyVjp(x, classes, perRow, lossOptions),
  focalLoss: (sm) => sm.focalLoss(x, classes, lossOptions),
  focalLossVjp: (sm) => sm.focalLossVjp(x, classes, perRow, lossOptions),
  binaryCrossEntropy: (sm) => sm.binaryCrossEntropy(x, parts, { cols, posWeight: factors, reduction: "none" }),
  binaryCrossEntropyVjp: (sm) => sm.binaryCrossEntropyVjp(x, parts, 2, { cols, weight: factors }),
  klDivergence: (sm) => sm.klDivergence(x, parts, lossOptions),
  klDivergenceVjp: (sm) => sm.klDivergenceVjp(x, dy, perRow, { ...lossOptions, target: "scores", reverse: true }),
  distillation: (sm) => sm.distillation(x, dy, lossOptions),
  distillationVjp: (sm) => sm.distillationVjp(x, dy, perRow, lossOptions),
  entropy: (sm) => sm.entropy(x, lossOptions),
  entropyVjp: (sm) => sm.entropyVjp(x, perRow, lossOptions),
  logProbability: (sm) => sm.logProbability(x, actions, lossOptions),
  logProbabilityVjp: (sm) => sm.logProbabilityVjp(x, actions, perRow, lossOptions),
  sparsemaxLoss: (sm) => sm.sparsemaxLoss(x, classes, lossOptions),
  sparsemaxLossVjp: (sm) => sm.sparsemaxLossVjp(x, classes, perRow, lossOptions),
  entmaxLoss: (sm) => sm.entmaxLoss(x, classes, lossOptions),
  entmaxLossVjp: (sm) => sm.entmaxLossVjp(x, classes, perRow, { ...lossOptions, alpha: 1.25 }),
  policyGradient: (sm) => sm.policyGradient(x, actions, perRow, { ...lossOptions, entropyBonus: 0.1 }),
  policyGradientVjp: (sm) => sm.policyGradientVjp(x, actions, perRow, perRow, { ...lossOptions, entropyBonus: 0.1 }),
} satisfies Record<string, Sample>;

/** The numbers of a result, one after the other. */
export const numbers = (result: Result): Float32Array =>
  result instanceof Float32Array
    ? result
    : Float32Array.from(Object.values(result).flatMap((part: Float32Array) => [...part]));

/** FNV-1a over the bits of results. */
export const hash = (...results: Result[]): string => {
  let h = 0x811c9dc5;
  for (const result of results) for (const word of bits(result)) h = Math.imul(h ^ word, 0x01000193);
  return `0x${(h >>> 0).toString(16).padStart(8, "0")}`;
};

/** The hash of every sample, by its name. */
export const hashes = (sm: Softmax): Record<string, string> =>
  Object.fromEntries(Object.entries<Sample>(samples).map(([name, sample]) => [name, hash(sample(sm))]));

/** The bits of floats; all NaNs are one, since engines may choose the bits of a NaN. */
export const bits = (result: Result): number[] => {
  const floats = numbers(result);
  const words = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  return Array.from(words, (word, i) => (Number.isNaN(floats[i]) ? 0x7fc00000 : word));
};
