/** softmax-wasm with the modules as files beside it. */
import { everything, type Softmax } from "./everything.js";
import glue from "./glue.js";
import { fetched, type Load, loader } from "./load.js";

export type * from "./everything.js";
export { best, supports, type Variant, variants } from "./variant.js";

/** Loads a module, the fastest this engine can run or the one asked for, and gives the functions that run in it. */
export const load: Load<Softmax> = loader(
  glue,
  // Literal paths: bundlers find the files by them.
  {
    scalar: () => fetched(new URL("./wasm/scalar.wasm", import.meta.url)),
    simd: () => fetched(new URL("./wasm/simd.wasm", import.meta.url)),
    relaxed: () => fetched(new URL("./wasm/relaxed.wasm", import.meta.url)),
  },
  everything,
);
