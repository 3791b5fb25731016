/** softmax-wasm with the modules inside: for node, server rendering and single files. */
import { everything } from "./everything.js";
import glue from "./glue.js";
import { decoded, loader } from "./load.js";

export type * from "./everything.js";
export { best, supports, type Variant, variants } from "./variant.js";

export const load = loader(
  glue,
  {
    scalar: async () => decoded((await import("./wasm/scalar.base64.js")).default),
    simd: async () => decoded((await import("./wasm/simd.base64.js")).default),
    relaxed: async () => decoded((await import("./wasm/relaxed.base64.js")).default),
  },
  everything,
);
