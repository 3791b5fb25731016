/** softmax-wasm for hosts that take WebAssembly only as imported, compiled modules, such as Cloudflare's workerd. */
import { everything, type Softmax } from "./everything.js";
import glue from "./glue.js";
import { type Load, loader } from "./load.js";

export type * from "./everything.js";
export { best, supports, type Variant, variants } from "./variant.js";

/** Loads a module, the fastest this engine can run or the one asked for, and gives the functions that run in it. */
export const load: Load<Softmax> = loader(
  glue,
  {
    scalar: async () => (await import("./wasm/scalar.wasm")).default,
    simd: async () => (await import("./wasm/simd.wasm")).default,
    relaxed: async () => (await import("./wasm/relaxed.wasm")).default,
  },
  everything,
);
