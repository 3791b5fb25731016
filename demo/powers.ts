import type { Softmax } from "./figure.js";

/** e to the (x - peak): the probabilities of a row whose largest score is peak and whose powers add up to 1. */
export const powers = (sm: Softmax, x: Float32Array, peak = 0) =>
  sm.softmaxStateApply(x, { peak: Float32Array.of(peak), total: Float32Array.of(1) });

/** The same row, count times. */
export function repeated(x: Float32Array, count: number): Float32Array {
  const rows = new Float32Array(x.length * count);
  for (let r = 0; r < count; ++r) rows.set(x, r * x.length);
  return rows;
}
