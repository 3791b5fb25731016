/** softmax-wasm for hosts that take WebAssembly only as imported, compiled modules, such as Cloudflare's workerd. */
import { everything } from "./everything.js";
import glue from "./glue.js";
import { loader } from "./load.js";

export type * from "./everything.js";
export { best, supports, type Variant, variants } from "./variant.js";

export const load = loader(
  glue,
  {
    scalar: async () => (await import("./wasm/scalar.wasm")).default,
    simd: async () => (await import("./wasm/simd.wasm")).default,
    relaxed: async () => (await import("./wasm/relaxed.wasm")).default,
  },
  everything,
);
