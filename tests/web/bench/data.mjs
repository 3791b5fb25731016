/** `length` normal numbers with standard deviation sd, the same for the same seed. */
export function normal(length, sd, seed = 1) {
  const uniform = mulberry32(seed);
  return Float32Array.from(
    { length },
    () => sd * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

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
