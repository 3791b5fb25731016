import { attentionCall, placeAttention } from "./attention.js";
import * as check from "./check.js";
import { type Gradient, gradients, type Places } from "./gradients.js";
import type { Sizes } from "./heads.js";
import type { Runtime } from "./memory.js";
import { deliver, type Input, type Into, type OutOption, type Output } from "./rows.js";
import type { AttentionRules, AttentionSizes } from "./sight.js";

/** How a row of scores becomes weights. */
export interface AttentionMap {
  /** Default "softmax"; "entmax" with alpha. */
  map?: "softmax" | "sparsemax" | "entmax15" | "entmax" | undefined;
  /** Of "entmax", above 0; default 1.5. */
  alpha?: number | undefined;
}

/** What is wanted of the weights: each is there when it was asked for. */
export interface AttentionSummary {
  /** The largest weights of each query in falling order, [batch, heads, queries, n], … */
  largest?: Float32Array;
  /** … and whose they are; 0 and -1 where fewer keys have a weight. */
  keys?: Int32Array;
  /** Of each query, in nats, [batch, heads, queries]. */
  entropy?: Float32Array;
  /** The largest weight of each query, [batch, heads, queries]. */
  peak?: Float32Array;
  /** Over heads, [batch, queries, keys]. */
  mean?: Float32Array;
}

export interface Wanted {
  /** How many of the largest weights of each query. */
  largest?: number | undefined;
  entropy?: boolean | undefined;
  peak?: boolean | undefined;
  mean?: boolean | undefined;
}

const stages = ["raw", "capped", "biased", "probabilities"] as const;
type Options = Omit<AttentionSizes, "valueDim"> & AttentionRules & AttentionMap;
type MatrixOptions<Out> = Options &
  Into<Out> & {
    /** How far scores are taken: scaled, capped, biased and hidden, or (default) made weights. */
    stage?: (typeof stages)[number] | undefined;
    summary?: undefined;
  };
type SummaryOptions = Options & {
  /** What is wanted in place of the matrix, which is then never in memory. */
  summary: Wanted;
};

export interface AttentionWeights {
  <X extends Input, Out extends OutOption = undefined>(q: X, k: Input, options?: MatrixOptions<Out>): Output<X, Out>;
  (q: Input, k: Input, options: SummaryOptions): AttentionSummary;
}

const maps = ["softmax", "sparsemax", "entmax15", "entmax"] as const;

/** Which of the entmax family a map is. */
const alphaOf = (op: string, { map, alpha = 1.5 }: AttentionMap, sinks: unknown): number => {
  const name = check.oneOf(op, "map", map, maps, "softmax");
  const own = check.alphas(op, alpha, 1)?.[0] as number;
  if (typeof alpha !== "number") {
    throw check.wrongKind(op, "alpha", alpha, "one number above 0, for all queries");
  }
  if (name !== "softmax" && sinks !== undefined) {
    throw new RangeError(`${op}: sinks are given beside map "${name}"; they take their share of a "softmax"`);
  }
  return { softmax: 1, sparsemax: 2, entmax15: 1.5, entmax: own }[name];
};

/** Which keys each query looks at. */
export const weights = (rt: Runtime) => {
  const { abi, frame } = rt;

  /** Everything of the caller's but what is wanted, read once and checked. */
  const read = (op: string, q: unknown, k: unknown, options: Options) => {
    const given = check.options(op, options);
    const dtype = check.dtype(op, given.dtype);
    const [queries, keys] = [check.floats(op, "q", q, dtype), check.floats(op, "k", k, dtype)];
    const call = attentionCall(op, queries, keys, keys, { ...given, valueDim: undefined });
    const alpha = alphaOf(op, given, call.sinks);
    const { batch, heads, queries: rows, keys: cols } = call.sizes;
    return { call, dtype, alpha, dims: [batch, heads, rows, cols], rows: batch * heads * rows };
  };

  const room = ({ dim, keys }: Sizes) => (8 * dim + 9 * keys + 576) * 4;

  const attentionWeights = (q: unknown, k: unknown, options: MatrixOptions<unknown> | SummaryOptions = {}): never => {
    const op = "attentionWeights";
    const { summary, out, stage } = check.options(op, options) as MatrixOptions<unknown> & { summary?: Wanted };
    const asked = check.oneOf(op, "stage", stage, stages, "probabilities");
    const { call, dtype, alpha, dims, rows } = read(op, q, k, options);
    const { sizes, data } = call;
    const size = rows * sizes.keys;
    const { largest, entropy, peak, mean } = summary === undefined ? ({} as Wanted) : check.options(op, summary);
    const n = largest === undefined ? 0 : check.count(op, "largest", largest);
    const to = check.output(op, out, size, data.q, data.k, dtype);
    return frame(op, (m) => {
      const { shape, mask } = placeAttention(m, call);
      const [queries, keys] = [m.input("q", data.q, call.counts.q), m.input("k", data.k, call.counts.k)];
      const take = (wanted: unknown, length: number) => (wanted ? m.take(length * 4) : 0);
      const w = summary === undefined ? m.output(to, size) : 0;
      const at = {
        mean: take(mean, size / (sizes.heads || 1)),
        largest: take(largest !== undefined, rows * n),
        which: take(largest !== undefined, rows * n),
        entropy: take(entropy, rows),
        peak: take(peak, rows),
      };
      // AttentionView of cpp/shapes.h, word by word.
      const words = [abi[`Stage_stage_${asked}`], 0, w, at.mean, at.largest, at.which, n, at.entropy, at.peak];
      const view = Int32Array.from(words);
      new Float32Array(view.buffer)[1] = alpha;
      abi.attention_weights(m.integers(view), queries, keys, m.take(room(sizes)), shape, mask);
      if (summary === undefined) return deliver(m, w, to, out, size, call.tensor ? dims : undefined);
      const floats = (address: number, length: number) => m.result<Float32Array>(address, undefined, length);
      return {
        ...(at.largest && { largest: floats(at.largest, rows * n), keys: Int32Array.from(m.ints(at.which, rows * n)) }),
        ...(at.entropy && { entropy: floats(at.entropy, rows) }),
        ...(at.peak && { peak: floats(at.peak, rows) }),
        ...(at.mean && { mean: floats(at.mean, size / (sizes.heads || 1)) }),
      } as never;
    });
  };

  return {
    /**
     * The weights with which each query looks at each key: the whole matrix, or with `summary` what it says of each
     * query, in one pass without it.
     *
     * @param q queries, [batch, heads, queries, dim]
     * @param k keys, [batch, kvHeads, keys, dim]
     * @param options sizes and rules as attention takes them, `map` and `alpha`, `stage`: how far scores are taken, out;
     *   or `summary`: { largest, entropy, peak, mean }
     * @returns out, or a new Float32Array, a tensor for a tensor, [batch, heads, queries, keys]; with `summary` what it
     *   asks for. A key that is hidden has weight 0, and so have all keys of a query that sees none
     * @throws as attention; RangeError when an alpha is not above 0, or sinks are given beside a map that is not softmax
     * @see Vaswani et al. 2017
     */
    attentionWeights: attentionWeights as AttentionWeights,

    /**
     * The gradients of attentionWeights with respect to queries and keys, from the weights it returned.
     *
     * @param q as attentionWeights took it
     * @param k as attentionWeights took it
     * @param w the matrix it returned, at stage "probabilities"
     * @param dw the gradient that arrives at w, shaped as it; not read where w is 0
     * @param options as attentionWeights took them, and out: { dq, dk } or one of them, each memory of its own
     * @returns { dq, dk }, shaped as q and k: those of out, or new ones
     * @throws as attentionWeights
     */
    attentionWeightsVjp<Out extends Places<"dq" | "dk"> = object>(
      q: Input,
      k: Input,
      w: Input,
      dw: Input,
      options: Options & { out?: Out | undefined } = {},
    ): { dq: Gradient<Out, "dq">; dk: Gradient<Out, "dk"> } {
      const op = "attentionWeightsVjp";
      const { out } = check.options(op, options);
      const { call, dtype, alpha, rows } = read(op, q, k, options);
      const { sizes, data } = call;
      const size = rows * sizes.keys;
      const [weighed, arriving] = [check.floats(op, "w", w, dtype).data, check.floats(op, "dw", dw, dtype).data];
      check.sameLength(op, "w", weighed, size, "the matrix of weights");
      check.sameLength(op, "dw", arriving, size, "the matrix of weights");
      const inputs = { q: data.q, k: data.k, w: weighed, dw: arriving, bias: call.bias?.data };
      const made = gradients(op, out, { dq: call.counts.q, dk: call.counts.k }, inputs);
      return frame(op, (m) => {
        const { shape, mask } = placeAttention(m, call);
        const [queries, keys] = [m.input("q", data.q, call.counts.q), m.input("k", data.k, call.counts.k)];
        const [p, g] = [m.input("w", weighed, size), m.input("dw", arriving, size)];
        const at = made.place(m);
        abi.attention_weights_vjp(at.dq, at.dk, p, g, queries, keys, m.take(room(sizes)), shape, mask, alpha);
        return made.deliver(m, at);
      });
    },
  };
};
