// Attention whose keys are spread over workers: what each is posted, what it answers, and how far the merged answers are
// from the whole. Like report.ts for pages, workers and node.
import { type Package, rowsOfScores } from "./report.js";

type Softmax = Awaited<ReturnType<Package["load"]>>;
/** Queries [heads, queries, dim], and some of the keys and values [keys, dim] that all heads share. */
export interface Piece {
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
}
export type Attended = Record<"out" | "lse", Float32Array>;

const [heads, queries, keys, dim] = [4, 6, 301, 16];
const numbers = (rows: number) => rowsOfScores(rows, dim).map((x) => x / 8);
const whole: Piece = { q: numbers(heads * queries), k: numbers(keys), v: numbers(keys).reverse() };

/** The keys in so many pieces. */
export const pieces = (n: number): Piece[] =>
  Array.from({ length: n }, (_, i) => {
    const [from, to] = [i, i + 1].map((part) => Math.floor((part * keys) / n) * dim);
    return { q: whole.q, k: whole.k.slice(from, to), v: whole.v.slice(from, to) };
  });

export const attend = (sm: Softmax, { q, k, v }: Piece): Attended =>
  sm.attention(q, k, v, { heads, kvHeads: 1, dim, lse: true });

/** The largest differences of outputs and of log-sum-exps of the whole from those that its pieces merge into. */
export function differences(sm: Softmax, pieces: Attended[]): Record<"out" | "lse", number> {
  const merged = pieces.reduce((a, b) => sm.mergeAttention(a, b, a));
  const { out, lse } = attend(sm, whole);
  const largest = (a: Float32Array, b: Float32Array) =>
    a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);
  return { out: largest(merged.out, out), lse: largest(merged.lse, lse) };
}

/**
 * What they may be. Values are within ±2 and log-sum-exps under 8. A merge loses 3 2⁻²⁴ of an output and, by half an ulp
 * of both log-sum-exps, 2⁻²¹ of it; one of n pieces is merged n - 1 times. Attention itself is off by 4 2⁻²⁴ of a value.
 */
export const bounds = (n: number): Record<"out" | "lse", number> => ({
  out: 2 * ((n - 1) * (3 * 2 ** -24 + 2 ** -21) + 2 * 4 * 2 ** -24),
  lse: (n + 1) * 2 ** -21,
});
