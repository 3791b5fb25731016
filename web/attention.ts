import * as check from "./check.js";
import { type Gradient, gradients, type Places } from "./gradients.js";
import * as checked from "./heads.js";
import type { Floats, Frame, Resident, Runtime } from "./memory.js";
import { deliver, type Input, type Into, type OutOption, type Output } from "./rows.js";
import type { AttentionRules, AttentionSizes } from "./sight.js";

type Options<Out, Lse> = AttentionSizes & AttentionRules & Into<Out> & { lse?: Lse };
export type LseOption = boolean | Float32Array | Resident | undefined;
type Lse<L> = L extends Float32Array | Resident ? NoInfer<L> : Float32Array;
/** The output, or where lse is asked for { out, lse }. */
export type Attended<X, Out, L> = [L] extends [undefined | false]
  ? Output<X, Out>
  : { out: Output<X, Out>; lse: Lse<L> };

/** Partial attention: outputs [rows, dim] and their log-sum-exps [rows]. */
export interface AttentionPart {
  out: Input;
  lse: check.Scores;
}

interface Call {
  op: string;
  sizes: checked.Sizes;
  data: { q: Floats; k: Floats; v: Floats };
  /** Their lengths when they were checked. */
  counts: { q: number; k: number; v: number };
  tensor: boolean;
  scale: number;
  softcap: number;
  places: ReturnType<typeof checked.places>;
  lengths: Int32Array | undefined;
  keep: checked.Square<Uint8Array> | undefined;
  bias: checked.Square<Floats> | undefined;
  slopes: Float32Array | undefined;
  sinks: Float32Array | undefined;
  /** Keys and values of a cache: positions from head to head, and how they are kept. */
  cache?: { capacity: number; keeping: number };
}

/** Up to so many queries are decoded, one after the other, and not eight at once: as many as is faster. */
const few = (cache: Call["cache"]) => (cache ? 6 : 3);

/** Everything of the caller's, read once and checked. */
const read = (op: string, q: unknown, k: unknown, v: unknown, options: AttentionSizes & AttentionRules): Call => {
  const given = check.options(op, options);
  const dtype = check.dtype(op, given.dtype);
  const [queries, keys, values] = [
    check.floats(op, "q", q, dtype),
    check.floats(op, "k", k, dtype),
    check.floats(op, "v", v, dtype),
  ];
  return attentionCall(op, queries, keys, values, given);
};

export const attentionCall = (
  op: string,
  queries: checked.Read,
  keys: checked.Read,
  values: checked.Read,
  given: AttentionSizes & AttentionRules,
): Call => {
  const { causal, window, keepMask, bias, keyLengths, scale, softcap, alibi, sinks } = given;
  const sizes = checked.sizes(op, queries, keys, values, given as Record<string, unknown>);
  const counts = { q: queries.data.length, k: keys.data.length, v: values.data.length };
  return {
    op,
    sizes,
    data: { q: queries.data, k: keys.data, v: values.data },
    counts,
    tensor: queries.dims !== undefined,
    scale: checked.finite(op, "scale", scale, 1 / Math.sqrt(sizes.dim)),
    softcap: checked.softcap(op, softcap),
    places: checked.places(op, causal, window),
    lengths: checked.lengths(op, keyLengths, sizes),
    keep: checked.keep(op, keepMask, sizes),
    bias: checked.bias(op, bias, sizes),
    slopes: checked.slopes(op, alibi, sizes.heads),
    sinks: checked.perHead(op, "sinks", sinks, sizes.heads),
  };
};

const rowsOf = ({ queryStarts, batch, heads, queries }: checked.Sizes) =>
  queryStarts ? heads * (queryStarts[batch] as number) : batch * heads * queries;
const outSize = (sizes: checked.Sizes) => rowsOf(sizes) * sizes.valueDim;

/** Nothing at address 0. */
const nowhere = [0, 0, 0, 0] as const;
const float = new Float32Array(1);
const word = new Int32Array(float.buffer);
/** The bits of a float as a whole number. */
const bitsOf = (x: number): number => {
  float[0] = x;
  return word[0] as number;
};

/** AttentionShape and AttentionMask of cpp/shapes.h, word by word; addresses of both, and scratch. */
export const placeAttention = (m: Frame, call: Call) => {
  const { sizes, places, lengths, keep, bias, slopes, sinks, cache } = call;
  const { batch, heads, kvHeads, queries, keys, dim, valueDim, queryStarts, keyStarts } = sizes;
  const queryRows = queryStarts ? (queryStarts[batch] as number) : queries;
  const keyRows = cache?.capacity ?? (keyStarts ? (keyStarts[batch] as number) : keys);
  // From sequence to sequence, in rows: one array of all of them where they have starts.
  const [nextQueries, nextKeys] = queryStarts ? [0, 0] : [heads * queryRows, kvHeads * keyRows];
  const ints = (x: Int32Array | undefined) => (x === undefined ? 0 : m.integers(x));
  const floats = (name: string, x: Floats | undefined) => (x === undefined ? 0 : m.input(name, x, x.length));
  const kept = keep ? [m.bytes(checked.whole(call.op, "keepMask", keep)), ...keep.strides] : nowhere;
  const added = bias ? [floats("bias", checked.whole(call.op, "bias", bias)), ...bias.strides] : nowhere;
  // biome-ignore format: a line for each member
  const shape = [
    batch, heads, kvHeads, queries, keys, dim, valueDim,
    nextQueries * dim, queryRows * dim, dim,
    nextKeys * dim, keyRows * dim, dim,
    nextKeys * valueDim, keyRows * valueDim, valueDim,
    nextQueries * valueDim, queryRows * valueDim, valueDim,
    nextQueries, queryRows, 1,
    ints(queryStarts), ints(keyStarts), cache?.keeping ?? 0,
  ];
  // biome-ignore format: a line for each member
  const mask = [
    bitsOf(call.scale), bitsOf(call.softcap),
    places.left, places.right, places.topLeft, ints(lengths),
    kept[0] as number, kept[1] as number, kept[2] as number, kept[3] as number,
    added[0] as number, added[1] as number, added[2] as number, added[3] as number,
    floats("alibi", slopes), floats("sinks", sinks),
  ];
  return { shape: m.integers(shape), mask: m.integers(mask) };
};

/** placeAttention with the scratch of attention and its gradient. */
const placeRoom = ({ abi }: Runtime, m: Frame, call: Call) => {
  const { dim, valueDim } = call.sizes;
  return { ...placeAttention(m, call), tmp: m.take(abi.AttentionRoom_attention_room * (dim + valueDim + 64) * 4) };
};

/** The way of a checked call, whether its keys are the caller's or in a cache. */
export const attending =
  (rt: Runtime) =>
  (call: Call, options: Into<unknown> & { lse?: LseOption }): never => {
    const { abi, frame } = rt;
    const { op, sizes, data, tensor } = call;
    const { out, lse } = options;
    const [size, rows] = [outSize(sizes), rowsOf(sizes)];
    const to = check.output(op, out, size, data.q, data.k, data.v);
    const inputs = { ...data, bias: call.bias?.data };
    checked.apart(op, "out", to, inputs);
    const sums = lse === undefined || typeof lse === "boolean" ? undefined : checked.sums(op, lse, rows, to);
    checked.apart(op, "lse", sums, inputs);
    const wanted = lse !== undefined && lse !== false;
    return frame(op, (m) => {
      const { shape, mask, tmp } = placeRoom(rt, m, call);
      const [q, k, v] = (["q", "k", "v"] as const).map((name) => m.input(name, data[name], call.counts[name]));
      const o = m.output(to, size);
      const l = wanted ? m.output(sums, rows, "lse") : 0;
      const kernel = sizes.queries <= few(call.cache) ? abi.decode_attention : abi.attention;
      kernel(o, l, q as number, k as number, v as number, tmp, shape, mask);
      const { batch, heads, queries, valueDim } = sizes;
      const result = deliver(m, o, to, out, size, tensor ? [batch, heads, queries, valueDim] : undefined);
      return (wanted ? { out: result, lse: m.result(l, sums, rows) } : result) as never;
    });
  };

/** Queries take the values of the keys that resemble them. */
export const attention = (rt: Runtime) => {
  const { abi, frame } = rt;
  const attend = attending(rt);
  return {
    /**
     * Attention: for each query the mean of the values, weighed by the softmax of its scores with their keys. The
     * matrix of weights is never in memory, and what no query of a tile sees is skipped.
     *
     * @param q queries, [batch, heads, queries, dim]
     * @param k keys, [batch, kvHeads, keys, dim]
     * @param v values, [batch, kvHeads, keys, valueDim]
     * @param options sizes where q, k and v are no tensors, which keys a query sees and how scores are made, `lse` for
     *   the log-sum-exps of the rows (true, or memory for them), out (not q, k or v)
     * @returns out, or a new Float32Array, a tensor for a tensor, [batch, heads, queries, valueDim]; with `lse`
     *   { out, lse }. A query without keys gets 0 and -Infinity
     * @throws RangeError when sizes do not fit or a number is out of its range; TypeError when an argument is of the
     *   wrong kind; ReferenceError when a Resident has been freed
     * @see Dao 2023
     */
    attention: <X extends Input, Out extends OutOption = undefined, L extends LseOption = undefined>(
      q: X,
      k: Input,
      v: Input,
      options: Options<Out, L> = {},
    ): Attended<X, Out, L> => attend(read("attention", q, k, v, options), options as never),

    /**
     * The gradients of attention, from what it returned.
     *
     * @param q as attention took it
     * @param k as attention took it
     * @param v as attention took it
     * @param result what attention returned with `lse`: { out, lse }
     * @param dout the gradient that arrives at out
     * @param options as attention took them, `dlse`, the gradient that arrives at lse, and out: { dq, dk, dv, dsinks } or
     *   some of them, each memory of its own
     * @returns { dq, dk, dv }, shaped as q, k and v, and dsinks [heads] where there are sinks: those of out, or new ones
     * @throws as attention
     * @see Dao 2023, algorithm 2
     */
    attentionVjp<Out extends Places<"dq" | "dk" | "dv" | "dsinks"> = object>(
      q: Input,
      k: Input,
      v: Input,
      result: AttentionPart,
      dout: Input,
      options: AttentionSizes & AttentionRules & { dlse?: check.Scores | undefined; out?: Out | undefined } = {},
    ): {
      dq: Gradient<Out, "dq">;
      dk: Gradient<Out, "dk">;
      dv: Gradient<Out, "dv">;
      dsinks: Gradient<Out, "dsinks"> | undefined;
    } {
      const op = "attentionVjp";
      const { dlse, dtype, out: places } = check.options(op, options);
      const type = check.dtype(op, dtype);
      const call = read(op, q, k, v, options);
      const { sizes, data, sinks, counts, bias } = call;
      const [size, rows] = [outSize(sizes), rowsOf(sizes)];
      const { out, lse } = checked.part(op, "result", result, type);
      const arriving = check.floats(op, "dout", dout, type).data;
      check.sameLength(op, "result.out", out, size, "the output holds");
      check.sameLength(op, "result.lse", lse, rows, "the number of rows is");
      check.sameLength(op, "dout", arriving, size, "the output holds");
      const more = dlse === undefined ? undefined : check.floats(op, "dlse", dlse, type).data;
      if (more) check.sameLength(op, "dlse", more, rows, "the number of rows is");
      const lengths = { dq: counts.q, dk: counts.k, dv: counts.v, dsinks: sinks?.length ?? 0 };
      const inputs = { ...data, "result.out": out, "result.lse": lse, dout: arriving, dlse: more, bias: bias?.data };
      const made = gradients(op, places, lengths, inputs);
      return frame(op, (m) => {
        const { shape, mask, tmp } = placeRoom(rt, m, call);
        const [x, y, z] = [
          m.input("q", data.q, counts.q),
          m.input("k", data.k, counts.k),
          m.input("v", data.v, counts.v),
        ];
        const [o, l, d] = [
          m.input("result.out", out, size),
          m.input("result.lse", lse, rows),
          m.input("dout", arriving, size),
        ];
        const e = more === undefined ? 0 : m.input("dlse", more, rows);
        const at = made.place(m);
        const ds = sinks === undefined ? 0 : at.dsinks;
        abi.attention_vjp(at.dq, at.dk, at.dv, ds, x, y, z, o, l, d, e, tmp, shape, mask);
        const all = made.deliver(m, at);
        return sinks === undefined ? { ...all, dsinks: undefined } : all;
      });
    },

    /**
     * Attention over all keys from attention over two parts of them: for keys in pieces, or spread over workers.
     * Without sinks, or with those of one part only.
     *
     * @param a { out, lse } over some keys
     * @param b { out, lse } over others
     * @param options out and lse, memory for the result: those of a or b, or others
     * @returns { out, lse }, in that memory or new
     * @throws RangeError when a and b are of different sizes, or out lies over a log-sum-exp or lse over an output;
     *   TypeError when they are of the wrong kind
     * @see Dao, Haziza, Massa and Sizov 2023
     */
    mergeAttention<Out extends OutOption = undefined, L extends Float32Array | Resident | undefined = undefined>(
      a: AttentionPart,
      b: AttentionPart,
      options: Into<Out> & { lse?: L } = {},
    ): { out: Output<Float32Array, Out>; lse: Lse<L> } {
      const op = "mergeAttention";
      const { out, lse } = check.options(op, options);
      const [p, r] = [checked.part(op, "a", a), checked.part(op, "b", b)];
      const [size, rows] = [p.out.length, p.lse.length];
      check.sameLength(op, "b.out", r.out, size, "a.out");
      check.sameLength(op, "b.lse", r.lse, rows, "a.lse");
      const dim = checked.widths(op, size, rows);
      const to = out === undefined ? undefined : check.output(op, out, size, p.out, r.out);
      checked.apart(op, "out", to, { "a.lse": p.lse, "b.lse": r.lse });
      const sums = lse === undefined ? undefined : checked.sums(op, lse, rows, to);
      checked.apart(op, "lse", sums, { "a.out": p.out, "b.out": r.out });
      return frame(op, (m) => {
        const [o, l] = [m.output(to, size), m.output(sums, rows, "lse")];
        const [oa, la] = [m.input("a.out", p.out, size), m.input("a.lse", p.lse, rows)];
        const [ob, lb] = [m.input("b.out", r.out, size), m.input("b.lse", r.lse, rows)];
        abi.merge_attention(o, l, oa, la, ob, lb, rows, dim);
        return { out: deliver(m, o, to, out, size, undefined), lse: m.result(l, sums, rows) as Lse<L> };
      });
    },
  };
};
