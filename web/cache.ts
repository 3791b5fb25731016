// Keys and values that stay inside the module while tokens are decoded.
import { type Attended, attending, attentionCall, type LseOption } from "./attention.js";
import * as check from "./check.js";
import type { Format } from "./formats.js";
import * as checked from "./heads.js";
import { type Floats, Resident, type Runtime } from "./memory.js";
import type { Input, Into, OutOption } from "./rows.js";
import type { AttentionRules, AttentionSizes } from "./sight.js";

export interface CacheSizes {
  batch?: number | undefined;
  kvHeads?: number | undefined;
  dim: number;
  valueDim?: number | undefined;
  /** The most positions it holds. */
  capacity: number;
  /** What they are kept as; default "float32". */
  dtype?: "float32" | "float16" | undefined;
}

/** Keys and values of a sequence that grows. */
export interface KvCache extends Disposable {
  readonly capacity: number;
  /** Positions in it. */
  readonly length: number;
  /** Adds positions: k [batch, kvHeads, n, dim] and v [batch, kvHeads, n, valueDim]. Returns the length. */
  append(k: Input, v: Input, options?: Pick<Format, "dtype">): number;
  /**
   * Attention of q [batch, heads, queries, dim] over what is in the cache; 0 while it is empty. Options as attention
   * takes them, but causal is true when it is left out: the last query is beside the last position.
   */
  attend<X extends Input, Out extends OutOption = undefined, L extends LseOption = undefined>(
    q: X,
    options?: Pick<AttentionSizes, "heads" | "dtype"> & AttentionRules & Into<Out> & { lse?: L },
  ): Attended<X, Out, L>;
  /** Forgets all but the first positions. */
  truncate(length: number): void;
  /** Forgets everything. */
  reset(): void;
  /** Gives the memory back, as `using` does where the engine has it. */
  free(): void;
}

/** Caches of keys and values. */
export const caches = (rt: Runtime) => {
  const { abi, frame, memory } = rt;
  const attend = attending(rt);
  return {
    /**
     * Memory inside the module for the keys and values of a sequence that grows, in an order that decoding reads as fast
     * as the machine allows.
     *
     * @param sizes batch and kvHeads (default 1), dim, valueDim (default dim), capacity, the most positions, for which
     *   there is room by multiples of 64, and dtype: "float16" takes half the memory and rounds what is appended to
     *   nearest even, to infinity from 65520 on; all arithmetic is in floats
     * @returns an empty cache
     * @throws RangeError when a size or dtype is none, or the memory cannot be had
     */
    kvCache(sizes: CacheSizes): KvCache {
      const { batch, kvHeads, dim, valueDim, capacity, dtype: kept } = checked.cache("kvCache", sizes);
      const half = kept === "float16";
      const tile = abi.CacheTile_cache_tile;
      const [of, room] = [batch * kvHeads, Math.ceil(capacity / tile) * tile];
      // Two halves lie in the place of a float.
      const reserve = (cols: number) => new Resident(memory, (of * room * cols) / (half ? 2 : 1));
      const k = reserve(dim);
      let v: Resident;
      try {
        v = reserve(valueDim);
      } catch (error) {
        k.free();
        throw error;
      }
      let length = 0;
      /** Whether all that is kept is finite as halves. */
      let finite = true;
      let freed = false;

      const free = () => {
        freed = true;
        k.free();
        v.free();
      };
      return {
        capacity,
        get length() {
          return length;
        },
        append(keys, values, format = {}) {
          const op = "append";
          checked.alive(op, freed);
          const dtype = check.dtype(op, check.options(op, format).dtype);
          const [x, y] = [check.floats(op, "k", keys, dtype).data, check.floats(op, "v", values, dtype).data];
          const n = checked.appended(op, x.length, y.length, { batch, kvHeads, dim, valueDim, capacity }, length);
          checked.alive(op, freed); // reading k and v may have run code of the caller's
          return frame(op, (m) => {
            const [newKeys, newValues] = [m.input("k", x, x.length), m.input("v", y, y.length)];
            const at = (to: Resident) => to.addressFor(op, "this", memory);
            const keeping = half ? abi.Keeping_in_half_tiles : abi.Keeping_in_tiles;
            const keys = abi.append_keys(at(k), newKeys, of, room, length, n, dim, keeping);
            const values = abi.append_values(at(v), newValues, of, room, length, n, valueDim, keeping);
            finite = finite && keys + values === 2;
            length += n;
            return length;
          });
        },
        attend: (q, options = {}) => {
          const op = "attend";
          checked.alive(op, freed);
          const { heads, causal = true, dtype } = check.options(op, options);
          const { data, dims } = check.floats(op, "q", q, check.dtype(op, dtype));
          const all = { ...options, batch, heads: heads ?? dims?.[1] ?? kvHeads, kvHeads, dim, valueDim, causal };
          const n = length;
          // What is in the cache so far, as it would be passed.
          const held = (cols: number) => ({ data: { length: batch * kvHeads * n * cols } as Floats, dims: undefined });
          const made = attentionCall(op, { data, dims }, held(dim), held(valueDim), all);
          const counts = { ...made.counts, k: k.length, v: v.length };
          const halves = finite ? abi.Keeping_in_finite_half_tiles : abi.Keeping_in_half_tiles;
          const cache = { capacity: room, keeping: half ? halves : abi.Keeping_in_tiles };
          return attend({ ...made, data: { q: data, k, v }, counts, cache }, all as never);
        },
        truncate(n) {
          length = checked.truncated("truncate", n, length);
        },
        reset() {
          length = 0;
          finite = true;
        },
        free,
        // As in Resident: only where the engine has the symbol.
        ...(Symbol.dispose && { [Symbol.dispose]: free }),
      };
    },
  };
};
