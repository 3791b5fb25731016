/** `length` normal numbers with standard deviation sd, the same for the same seed. */
export function normal(length, sd, seed = 1) {
  const uniform = mulberry32(seed);
  return Float32Array.from(
    { length },
    () => sd * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/**
 * Queries, keys and values of attention, normal numbers, [heads, queries or keys, dim], q already scaled by 1/√dim; and
 * hidden, [queries, keys], what is added to scores where they are causal.
 */
export function attentionData({ heads, queries, keys, dim, causal }) {
  const [q, k, v] = [queries, keys, keys].map((rows, i) => normal(heads * rows * dim, 1, i + 1));
  const hidden = causal
    ? Float32Array.from({ length: queries * keys }, (_, i) => (i % keys > Math.floor(i / keys) ? -1e9 : 0))
    : undefined;
  return { q: q.map((x) => x / Math.sqrt(dim)), k, v, hidden };
}

/** Multiplications and additions of attention, causal counted as if full. */
export const flops = ({ heads, queries, keys, dim }) => 4 * heads * queries * keys * dim;

/** Bytes of keys and values. */
export const keyBytes = ({ heads, keys, dim }) => 8 * heads * keys * dim;

/** A class for each row. */
export const classes = (rows, cols) => Int32Array.from({ length: rows }, (_, r) => (r * 7919) % cols);

/** Uniform numbers in [0, 1) of 32 bits (Tommy Ettinger's mulberry32, public domain). */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
