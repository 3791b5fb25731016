// What a call of attention says beside its arrays.
import type { Scores } from "./check.js";
import type { Format } from "./formats.js";
import type { Tensor } from "./memory.js";
import type { Input } from "./rows.js";

/** How many there are of what, where q, k and v are not tensors [batch, heads, rows, dim]. */
export interface AttentionSizes extends Pick<Format, "dtype"> {
  batch?: number | undefined;
  heads?: number | undefined;
  /** Heads of keys and values; divides heads. Default heads. */
  kvHeads?: number | undefined;
  dim?: number | undefined;
  /** Of v and the output; default dim. */
  valueDim?: number | undefined;
  /** [batch + 1] rows at which sequences of different lengths begin; q is [heads, all rows, dim], … */
  queryStarts?: ArrayLike<number> | undefined;
  /** … and k and v [kvHeads, all rows, dim]. */
  keyStarts?: ArrayLike<number> | undefined;
}

/** Which keys a query sees, and how a score is made. */
export interface AttentionRules {
  /** A query sees keys up to the one beside it: the last query beside the last key (true), or the first beside the first. */
  causal?: boolean | "bottom-right" | "top-left" | undefined;
  /** How many keys before and after the one beside it a query sees; -1 without end. */
  window?: number | readonly [number, number] | undefined;
  /** Bytes, 1 = the query sees the key: [keys], [queries, keys], all four, or a tensor that broadcasts to them. */
  keepMask?: Uint8Array | Tensor<Uint8Array> | undefined;
  /** Added to the scores; -Infinity hides a key. Shaped as keepMask. */
  bias?: Input | undefined;
  /** [batch] the number of keys that count; it does not move causal. */
  keyLengths?: ArrayLike<number> | undefined;
  /** Multiplies <q, k>; default 1 / sqrt(dim). */
  scale?: number | undefined;
  /** Keeps scores within ±softcap, by tanh; 0 for none. */
  softcap?: number | undefined;
  /** [heads] what a score loses for each key of distance; true for those of the paper. */
  alibi?: boolean | Scores | undefined;
  /** [heads] a score that takes weight and has no value. */
  sinks?: Scores | undefined;
}
