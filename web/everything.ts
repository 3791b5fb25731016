/** All families, and the types of the package. */
import { activations } from "./activations.js";
import { attention } from "./attention.js";
import { caches } from "./cache.js";
import { divergences } from "./divergences.js";
import { gumbel } from "./gumbel.js";
import type { Loaded } from "./load.js";
import { losses } from "./losses.js";
import { maps } from "./maps.js";
import { type Runtime, resident } from "./memory.js";
import { policy } from "./policy.js";
import { sparse } from "./sparse.js";
import { states } from "./states.js";
import { weights } from "./weights.js";

export type { AttentionPart } from "./attention.js";
export type { KvCache } from "./cache.js";
export type { DivergenceOptions } from "./divergences.js";
export type { Half, Halves } from "./formats.js";
export type { LoadOptions } from "./load.js";
export type { BinaryOptions, CrossEntropyOptions, EntmaxOptions, FocalOptions, SparseOptions } from "./losses.js";
export type { Resident, Tensor } from "./memory.js";
export type { PolicyOptions } from "./policy.js";
export type { AttentionRules, AttentionSizes } from "./sight.js";
export type { RowStats } from "./sparse.js";
export type { SoftmaxState } from "./states.js";
export type { AttentionMap, AttentionSummary } from "./weights.js";

// Named one by one: the type of the object below would have lost their comments, which editors show.
type Families = ReturnType<typeof resident> &
  ReturnType<typeof maps> &
  ReturnType<typeof sparse> &
  ReturnType<typeof gumbel> &
  ReturnType<typeof activations> &
  ReturnType<typeof states> &
  ReturnType<typeof losses> &
  ReturnType<typeof divergences> &
  ReturnType<typeof policy> &
  ReturnType<typeof attention> &
  ReturnType<typeof caches> &
  ReturnType<typeof weights>;

/** The functions of the package, running in one instance of a module. */
export type Softmax = Loaded<Families>;

export const everything = (rt: Runtime): Families => ({
  ...{ ...resident(rt), ...maps(rt), ...sparse(rt), ...gumbel(rt), ...activations(rt), ...states(rt) },
  ...{ ...losses(rt), ...divergences(rt), ...policy(rt), ...attention(rt), ...caches(rt), ...weights(rt) },
});
