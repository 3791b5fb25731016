/** The three modules, from the one that runs everywhere to the fastest. */
export const variants = ["scalar", "simd", "relaxed"] as const;
export type Variant = (typeof variants)[number];

const vector = [65, 0, 253, 15]; // i32.const 0, i8x16.splat

// Instructions of each proposal that the kernels are made of, as a function body whose result is one vector.
const bodies: Record<Variant, number[]> = {
  scalar: [],
  simd: [...vector, ...vector, 253, 235, 1, 65, 23, 253, 171, 1, ...vector, ...vector, 253, 82], // pmax, shl, bitselect
  relaxed: [...vector, ...vector, ...vector, 253, 133, 2], // f32x4.relaxed_madd
};

// A module with one function of type () -> v128.
const probe = (body: number[]) => {
  const code = [0, ...body, 11];
  return new Uint8Array([
    ...[0, 97, 115, 109, 1, 0, 0, 0],
    ...[1, 5, 1, 96, 0, 1, 123],
    ...[3, 2, 1, 0],
    ...[10, code.length + 2, 1, code.length, ...code],
  ]);
};

/** Whether this engine can run a module: it validates the instructions the module is made of. */
export const supports = (variant: Variant): boolean =>
  typeof WebAssembly === "object" &&
  variants.includes(variant) &&
  (variant === "scalar" || WebAssembly.validate(probe(bodies[variant])));

/** The fastest module this engine can run. */
export const best = (): Variant => (supports("relaxed") ? "relaxed" : supports("simd") ? "simd" : "scalar");
