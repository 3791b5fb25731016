/** softmax-wasm with the modules as files beside it. */
import { everything } from "./everything.js";
import glue from "./glue.js";
import { fetched, loader } from "./load.js";

export type * from "./everything.js";
export { best, supports, type Variant, variants } from "./variant.js";

// Literal paths: bundlers find the files by them.
export const load = loader(
  glue,
  {
    scalar: () => fetched(new URL("./wasm/scalar.wasm", import.meta.url)),
    simd: () => fetched(new URL("./wasm/simd.wasm", import.meta.url)),
    relaxed: () => fetched(new URL("./wasm/relaxed.wasm", import.meta.url)),
  },
  everything,
);
