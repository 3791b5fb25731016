/** softmax-wasm with the modules as files beside it. */
import { everything } from "./everything.js";
import { fetched, loader } from "./load.js";

export type * from "./everything.js";
export { best, supports, type Variant, variants } from "./variant.js";

// Literal paths: bundlers find the files by them.
export const load = loader(
  {
    scalar: {
      glue: () => import("./wasm/scalar.js"),
      wasm: () => fetched(new URL("./wasm/scalar.wasm", import.meta.url)),
    },
    simd: {
      glue: () => import("./wasm/simd.js"),
      wasm: () => fetched(new URL("./wasm/simd.wasm", import.meta.url)),
    },
    relaxed: {
      glue: () => import("./wasm/relaxed.js"),
      wasm: () => fetched(new URL("./wasm/relaxed.wasm", import.meta.url)),
    },
  },
  everything,
);
