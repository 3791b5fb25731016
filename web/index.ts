/** softmax-wasm with the modules as files beside it. */
import { fetched, loader } from "./load.js";

export { best, supports, type Variant, variants } from "./variant.js";
export type { LoadOptions, Softmax } from "./load.js";
export type { AttentionPart, KvCache } from "./attention.js";
export type { DivergenceOptions } from "./divergences.js";
export type { Half, Halves } from "./formats.js";
export type { BinaryOptions, CrossEntropyOptions, EntmaxOptions, FocalOptions, SparseOptions } from "./losses.js";
export type { Resident, Tensor } from "./memory.js";
export type { PolicyOptions } from "./policy.js";
export type { AttentionRules, AttentionSizes } from "./sight.js";
export type { RowStats } from "./sparse.js";
export type { SoftmaxState } from "./states.js";
export type { AttentionMap, AttentionSummary } from "./weights.js";

// Literal paths: bundlers find the files by them.
export const load = loader({
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
});
