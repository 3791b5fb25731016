/** softmax-wasm with only softmax, logSoftmax, logSumExp, their gradients and softmaxState in it, the modules beside it. */
import glue from "./lean-glue.js";
import { fetched, type Load, type Loaded, loader } from "./load.js";
import { maps } from "./maps.js";
import { type Runtime, resident } from "./memory.js";
import { states } from "./states.js";

export type { Half, Halves } from "./formats.js";
export type { LoadOptions } from "./load.js";
export type { Resident, Tensor } from "./memory.js";
export type { SoftmaxState } from "./states.js";
export { best, supports, type Variant, variants } from "./variant.js";

type Family = ReturnType<typeof resident> & ReturnType<typeof maps> & ReturnType<typeof states>;

/** The functions of this entry, running in one instance of a module. */
export type Softmax = Loaded<Family>;

const family = (rt: Runtime): Family => ({ ...resident(rt), ...maps(rt), ...states(rt) });

/** Loads a module, the fastest this engine can run or the one asked for, and gives the functions that run in it. */
export const load: Load<Softmax> = loader(
  glue,
  // Literal paths: bundlers find the files by them.
  {
    scalar: () => fetched(new URL("./wasm/lean-scalar.wasm", import.meta.url)),
    simd: () => fetched(new URL("./wasm/lean-simd.wasm", import.meta.url)),
    relaxed: () => fetched(new URL("./wasm/lean-relaxed.wasm", import.meta.url)),
  },
  family,
);
