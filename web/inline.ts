/** softmax-wasm with the modules inside: for node, server rendering and single files. */
import { everything, type Softmax } from "./everything.js";
import glue from "./glue.js";
import { decoded, type Load, loader } from "./load.js";

export type * from "./everything.js";
export { best, supports, type Variant, variants } from "./variant.js";

/** Loads a module, the fastest this engine can run or the one asked for, and gives the functions that run in it. */
export const load: Load<Softmax> = loader(
  glue,
  {
    scalar: async () => decoded((await import("./wasm/scalar.base64.js")).default),
    simd: async () => decoded((await import("./wasm/simd.base64.js")).default),
    relaxed: async () => decoded((await import("./wasm/relaxed.base64.js")).default),
  },
  everything,
);
