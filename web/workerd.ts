/** softmax-wasm for hosts that take WebAssembly only as imported, compiled modules, such as Cloudflare's workerd. */
import { everything } from "./everything.js";
import { loader } from "./load.js";

export type * from "./everything.js";
export { best, supports, type Variant, variants } from "./variant.js";

export const load = loader(
  {
    scalar: {
      glue: () => import("./wasm/scalar.js"),
      wasm: async () => (await import("./wasm/scalar.wasm")).default,
    },
    simd: {
      glue: () => import("./wasm/simd.js"),
      wasm: async () => (await import("./wasm/simd.wasm")).default,
    },
    relaxed: {
      glue: () => import("./wasm/relaxed.js"),
      wasm: async () => (await import("./wasm/relaxed.wasm")).default,
    },
  },
  everything,
);
