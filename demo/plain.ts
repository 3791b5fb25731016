/** The textbook formula, in double precision and as it is written: what the article warns of. */
export function naive(scores: ArrayLike<number>) {
  const powers = Array.from(scores, (x) => Math.exp(x));
  const sum = powers.reduce((a, b) => a + b, 0);
  return { powers, sum, probabilities: powers.map((power) => power / sum) };
}

/**
 * Softmax as a careful programmer writes it in JavaScript: the modules' opponent in the race.
 * Same signature and same result as the library's.
 */
export const plain = {
  softmax(x: Float32Array, { cols, out }: { cols: number; out: Float32Array }): Float32Array {
    for (let start = 0; start < x.length; start += cols) {
      const end = start + cols;
      let peak = Number.NEGATIVE_INFINITY;
      for (let i = start; i < end; ++i) if (x[i] > peak) peak = x[i];
      let sum = 0;
      for (let i = start; i < end; ++i) sum += out[i] = Math.exp(x[i] - peak);
      const scale = 1 / sum;
      for (let i = start; i < end; ++i) out[i] *= scale;
    }
    return out;
  },
};
