/** Rows of two scores: each of xs, and beside it always the same one. */
export const pairs = (xs: Float32Array, other = 0) =>
  Float32Array.from({ length: 2 * xs.length }, (_, k) => (k % 2 ? other : xs[k / 2]));

/** The i-th number of every row. */
export const column = (ys: Float32Array, i: number, cols: number) =>
  Float32Array.from({ length: ys.length / cols }, (_, row) => ys[row * cols + i]);

/** The number value, count times. */
export const filled = (count: number, value: number) => new Float32Array(count).fill(value);
