/** softmax-wasm with only softmax, logSoftmax, logSumExp, their gradients and softmaxState in it, the modules beside it. */
import glue from "./lean-glue.js";
import { fetched, type Loaded, loader } from "./load.js";
import { maps } from "./maps.js";
import { type Runtime, resident } from "./memory.js";
import { states } from "./states.js";

export type { Half, Halves } from "./formats.js";
export type { LoadOptions } from "./load.js";
export type { Resident, Tensor } from "./memory.js";
export type { SoftmaxState } from "./states.js";
export { best, supports, type Variant, variants } from "./variant.js";

export type Softmax = Loaded<ReturnType<typeof family>>;

const family = (rt: Runtime) => ({ ...resident(rt), ...maps(rt), ...states(rt) });

// Literal paths: bundlers find the files by them.
export const load = loader(
  glue,
  {
    scalar: () => fetched(new URL("./wasm/lean-scalar.wasm", import.meta.url)),
    simd: () => fetched(new URL("./wasm/lean-simd.wasm", import.meta.url)),
    relaxed: () => fetched(new URL("./wasm/lean-relaxed.wasm", import.meta.url)),
  },
  family,
);
