/** softmax-wasm for hosts that take WebAssembly only as imported, compiled modules, such as Cloudflare's workerd. */
import { loader } from "./load.js";

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

export const load = loader({
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
});
