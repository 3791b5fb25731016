// What a call of attention must be: sizes, masks and their messages.
import * as check from "./check.js";
import { type Half, isNarrow } from "./formats.js";
import { type Floats, isResident, type Resident } from "./memory.js";

/** How many there are of each; of sequences with starts the longest has queries and keys. */
export interface Sizes {
  batch: number;
  heads: number;
  kvHeads: number;
  queries: number;
  keys: number;
  dim: number;
  valueDim: number;
  queryStarts: Int32Array | undefined;
  keyStarts: Int32Array | undefined;
}

/** Something of [batch, heads, queries, keys], or of fewer where one serves all. */
export interface Square<Data> {
  data: Data;
  /** When it was checked. */
  length: number;
  strides: [batch: number, head: number, row: number];
}

const positive = (op: string, name: string, n: unknown): number => {
  const whole = check.count(op, name, n);
  if (whole === 0) throw check.wrongNumber(op, name, 0, "a whole number from 1 to 2147483647");
  return whole;
};

/** [batch + 1] cumulative lengths, from 0 to all rows. */
const starts = (op: string, name: string, given: unknown, batch: number): Int32Array | undefined => {
  if (given === undefined) return undefined;
  const rows = check.counts(op, name, given);
  if (rows.length !== batch + 1) {
    throw new RangeError(
      `${op}: ${name} holds ${rows.length} numbers; it holds one more than there are sequences, ${batch + 1}`,
    );
  }
  rows.forEach((row, i) => {
    if (i === 0 ? row !== 0 : row < (rows[i - 1] as number)) {
      throw new RangeError(`${op}: ${name}[${i}] is ${row}; they begin with 0 and do not fall`);
    }
  });
  return Int32Array.from(rows);
};

const longest = (all: Int32Array) =>
  all.reduce((most, row, i) => Math.max(most, i ? row - (all[i - 1] as number) : 0), 0);

const rowsOf = (op: string, name: string, x: Floats, each: number, what: string): number => {
  const rows = x.length / each;
  if (!Number.isInteger(rows)) {
    throw new RangeError(`${op}: ${name} holds ${x.length} values, which do not fill ${what} (${each})`);
  }
  return rows;
};

export type Read = { data: Floats; dims: readonly number[] | undefined };

/** Dims of a tensor that must be [batch, heads, rows, dim]. */
const four = (op: string, name: string, { dims }: Read) => {
  if (dims !== undefined && dims.length !== 4) {
    throw new RangeError(`${op}: ${name} has dims [${dims.join(", ")}]; they are [batch, heads, rows, dim]`);
  }
  return dims;
};

const agree = (op: string, name: string, own: number | undefined, size: number) => {
  if (own !== undefined && own !== size) throw new RangeError(`${op}: ${name} is ${size}, and in its tensor ${own}`);
};

/** Sizes from options and from tensors, which must agree, and from the lengths of arrays. */
export const sizes = (op: string, q: Read, k: Read, v: Read, options: Record<string, unknown>): Sizes => {
  const { batch: b, heads: h, kvHeads: kv, dim: d, valueDim: vd, queryStarts: qs, keyStarts: ks } = options;
  const [qd, kd, vdims] = [four(op, "q", q), four(op, "k", k), four(op, "v", v)];
  const size = (name: string, given: unknown, own: number | undefined, usual: number | undefined) => {
    if (given === undefined && own === undefined && usual === undefined) {
      throw new RangeError(
        `${op}: ${name} is missing; it is a whole number, or q is a tensor [batch, heads, queries, dim]`,
      );
    }
    const n = positive(op, name, given ?? own ?? usual);
    agree(op, name, own, n);
    return n;
  };
  const batch =
    qs === undefined
      ? check.count(op, "batch", b ?? qd?.[0] ?? 1)
      : check.count(op, "batch", b ?? (qs as ArrayLike<number>).length - 1);
  const heads = size("heads", h, qd?.[1], 1);
  const kvHeads = size("kvHeads", kv, kd?.[1], heads);
  if (heads % kvHeads !== 0) throw new RangeError(`${op}: kvHeads is ${kvHeads}; it divides heads, ${heads}`);
  const dim = size("dim", d, qd?.[3], undefined);
  const valueDim = size("valueDim", vd, vdims?.[3], dim);
  agree(op, "dim", kd?.[3], dim);
  agree(op, "kvHeads", vdims?.[1], kvHeads);
  const queryStarts = starts(op, "queryStarts", qs, batch);
  const keyStarts = starts(op, "keyStarts", ks, batch);
  if ((queryStarts === undefined) !== (keyStarts === undefined)) {
    throw new RangeError(
      `${op}: of queryStarts and keyStarts one is missing; both say where sequences begin, or neither`,
    );
  }
  const blocks = queryStarts === undefined ? batch : 1;
  for (const [name, own] of [
    ["q", qd],
    ["k", kd],
    ["v", vdims],
  ] as const)
    agree(op, `the batch of ${name}`, own?.[0], blocks);
  const rows = (name: string, x: Floats, n: number, cols: number, what: string) =>
    blocks === 0 ? 0 : rowsOf(op, name, x, blocks * n * cols, `rows of batch ${blocks}, ${what} ${n} and dim ${cols}`);
  const queryRows = rows("q", q.data, heads, dim, "heads");
  const keyRows = rows("k", k.data, kvHeads, dim, "kvHeads");
  const valueRows = rows("v", v.data, kvHeads, valueDim, "kvHeads");
  if (keyRows !== valueRows) throw new RangeError(`${op}: v has ${valueRows} rows a head, k has ${keyRows}`);
  for (const [name, all, there] of [
    ["queryStarts", queryStarts, queryRows],
    ["keyStarts", keyStarts, keyRows],
  ] as const) {
    if (all !== undefined && all[batch] !== there) {
      throw new RangeError(`${op}: ${name} ends with ${all[batch]}; there are ${there} rows a head`);
    }
  }
  const queries = queryStarts ? longest(queryStarts) : queryRows;
  const keys = keyStarts ? longest(keyStarts) : keyRows;
  return { batch, heads, kvHeads, queries, keys, dim, valueDim, queryStarts, keyStarts };
};

/** keepMask or bias: [keys], [queries, keys] or all of [batch, heads, queries, keys]; with dims any that broadcast to these. */
export const square = <Data extends { length: number }>(
  op: string,
  name: string,
  data: Data,
  dims: readonly number[] | undefined,
  { batch, heads, queries, keys, queryStarts }: Sizes,
): Square<Data> => {
  if (queryStarts !== undefined) {
    throw new RangeError(
      `${op}: ${name} is given beside queryStarts; sequences of different lengths have no such array`,
    );
  }
  const whole = [batch, heads, queries, keys];
  const lengths = [[1, 1, 1, keys], [1, 1, queries, keys], whole];
  const shape =
    dims === undefined ? lengths.find((some) => check.product(some) === data.length) : [1, 1, 1, ...dims].slice(-4);
  const fits =
    shape?.every((n, i) => n === whole[i] || (n === 1 && i < 3)) &&
    check.product(shape) === data.length &&
    (dims?.length ?? 0) <= 4;
  if (!shape || !fits) {
    const what = dims === undefined ? `holds ${data.length} values` : `has dims [${dims.join(", ")}]`;
    throw new RangeError(
      `${op}: ${name} ${what}; it is [keys], [queries, keys] or [batch, heads, queries, keys], here [${whole.join(", ")}]`,
    );
  }
  const [b, h, q] = shape as [number, number, number, number];
  return {
    data,
    length: data.length,
    strides: [b === 1 ? 0 : h * q * keys, h === 1 ? 0 : q * keys, q === 1 ? 0 : keys],
  };
};

/** Its data, as long as when it was checked. */
export const whole = <Data extends { length: number }>(
  op: string,
  name: string,
  { data, length }: Square<Data>,
): Data => {
  check.unchanged(op, name, data, length);
  return data;
};

/** A keep mask, taken apart. */
export const keep = (op: string, given: unknown, all: Sizes): Square<Uint8Array> | undefined => {
  if (given === undefined) return undefined;
  const { data, dims } = check.parts(given);
  if (check.tag(data) !== "Uint8Array") {
    throw check.wrongKind(op, "keepMask", data, "a Uint8Array or tensor { data, dims } of one, 1 = keep");
  }
  return square(
    op,
    "keepMask",
    data as Uint8Array,
    dims === undefined ? undefined : check.counts(op, "dims", dims),
    all,
  );
};

export const bias = (op: string, given: unknown, all: Sizes): Square<Floats> | undefined => {
  if (given === undefined) return undefined;
  const { data, dims } = check.floats(op, "bias", given);
  return square(op, "bias", data, dims, all);
};

/** Keys before and after that a query sees, -1 without end, and whether it is counted from the first keys. */
export const places = (op: string, causal: unknown, window: unknown) => {
  const kinds = [true, false, "bottom-right", "top-left"];
  if (causal !== undefined && !kinds.includes(causal as never)) {
    throw check.wrongChoice(op, "causal", causal, 'true, false, "bottom-right" or "top-left"');
  }
  const pair = window === undefined ? [-1, -1] : typeof window === "number" ? [window, window] : window;
  if (!Array.isArray(pair) || pair.length !== 2) {
    throw check.wrongKind(op, "window", window, "a whole number of keys, or two: before and after");
  }
  const [left, right] = pair.map((n) =>
    n === -1 || n === Number.POSITIVE_INFINITY ? -1 : check.count(op, "window", n),
  ) as [number, number];
  const ahead = causal === undefined || causal === false ? right : 0;
  return { left, right: ahead, topLeft: Number(causal === "top-left") };
};

export const lengths = (op: string, given: unknown, { batch, keys, keyStarts }: Sizes): Int32Array | undefined => {
  if (given === undefined) return undefined;
  if (keyStarts !== undefined)
    throw new RangeError(`${op}: keyLengths is given beside keyStarts, which say the lengths`);
  const all = check.counts(op, "keyLengths", given);
  check.sameLength(op, "keyLengths", all, batch, "batch is");
  all.forEach((n, b) => {
    if (n > keys) throw new RangeError(`${op}: keyLengths[${b}] is ${n}; there are ${keys} keys`);
  });
  return Int32Array.from(all);
};

/** One number for each head. */
export const perHead = (op: string, name: string, given: unknown, heads: number): Float32Array | undefined => {
  if (given === undefined) return undefined;
  const { data } = check.floats(op, name, given);
  check.sameLength(op, name, data, heads, "heads is");
  if (isNarrow(data)) {
    throw check.wrongKind(op, name, given, "a Float32Array, number[], Float64Array or Resident");
  }
  const all = isResident(data) ? data.read() : data;
  all.forEach((x, h) => {
    if (Number.isNaN(x) || x === Number.POSITIVE_INFINITY || (name === "alibi" && x === Number.NEGATIVE_INFINITY)) {
      throw check.wrongNumber(op, `${name}[${h}]`, x, "a number");
    }
  });
  return all;
};

/** Slopes as the paper has them, for any number of heads (Press, Smith and Lewis 2022). */
const usualSlopes = (heads: number): Float32Array => {
  const two = 2 ** Math.floor(Math.log2(heads));
  return Float32Array.from({ length: heads }, (_, h) =>
    h < two ? 2 ** ((-8 * (h + 1)) / two) : 2 ** ((-4 * (2 * (h - two) + 1)) / two),
  );
};
export const slopes = (op: string, given: unknown, heads: number): Float32Array | undefined =>
  given === true ? usualSlopes(heads) : given === false ? undefined : perHead(op, "alibi", given, heads);

export const finite = (op: string, name: string, given: unknown, usual: number): number =>
  given === undefined ? usual : check.finite(op, name, given);

export const softcap = (op: string, given: unknown): number => {
  const cap = finite(op, "softcap", given, 0);
  // What is above 0 stays above 0, and has a reciprocal, as a float.
  if (cap < 0 || (cap > 0 && cap < 2 ** -126))
    throw check.wrongNumber(op, "softcap", cap, "a positive number, or 0 for none");
  return cap;
};

/** out is not what is still read while it is written. */
export const apart = (
  op: string,
  name: string,
  out: Floats | undefined,
  inputs: Record<string, Floats | undefined>,
): void => {
  if (!isResident(out)) return;
  for (const input in inputs) {
    if (out === inputs[input]) {
      throw new RangeError(`${op}: ${name} is ${input} itself; it is memory of its own`);
    }
  }
};

/** What receives log-sum-exps beside outputs. */
export const sums = (op: string, lse: unknown, rows: number, out: Floats | undefined): Float32Array | Resident => {
  const { data } = check.floats(op, "lse", lse);
  if (data !== lse || isNarrow(data))
    throw check.wrongKind(op, "lse", lse, "true, false, a Float32Array or a Resident");
  check.sameLength(op, "lse", data, rows, "the number of rows is");
  check.apart(op, "lse", data, rows, { out });
  return data;
};

/** { out, lse }, taken apart. */
export const part = (op: string, name: string, given: unknown, dtype?: Half): { out: Floats; lse: Floats } => {
  if (typeof given !== "object" || given === null) {
    throw check.wrongKind(op, name, given, "{ out, lse }, as attention returns with lse: true");
  }
  const { out, lse } = given as { out: unknown; lse: unknown };
  return { out: check.floats(op, `${name}.out`, out, dtype).data, lse: check.floats(op, `${name}.lse`, lse).data };
};

/** How long the rows of outputs are. */
export const widths = (op: string, size: number, rows: number): number => {
  const dim = rows === 0 ? 0 : size / rows;
  if (!Number.isInteger(dim) || (rows === 0 && size > 0)) {
    throw new RangeError(`${op}: a.out holds ${size} values, which do not fill the ${rows} rows of a.lse`);
  }
  return dim;
};

export interface Cache {
  batch: number;
  kvHeads: number;
  dim: number;
  valueDim: number;
  capacity: number;
  dtype: "float32" | "float16";
}

export const cache = (op: string, given: unknown): Cache => {
  const { batch = 1, kvHeads = 1, dim, valueDim = dim, capacity, dtype } = check.options(op, given as Partial<Cache>);
  return {
    batch: positive(op, "batch", batch),
    kvHeads: positive(op, "kvHeads", kvHeads),
    dim: positive(op, "dim", dim),
    valueDim: positive(op, "valueDim", valueDim),
    capacity: positive(op, "capacity", capacity),
    dtype: check.oneOf(op, "dtype", dtype, ["float32", "float16"], "float32"),
  };
};

/** How many positions k and v have, for which there must be room. */
export const appended = (op: string, k: number, v: number, c: Omit<Cache, "dtype">, length: number): number => {
  const heads = c.batch * c.kvHeads;
  const n = k / (heads * c.dim);
  if (!Number.isInteger(n)) {
    throw new RangeError(
      `${op}: k holds ${k} values, which do not fill rows of batch ${c.batch}, kvHeads ${c.kvHeads} and dim ${c.dim}`,
    );
  }
  if (v !== n * heads * c.valueDim) {
    throw new RangeError(`${op}: v holds ${v} values; for the ${n} positions of k it holds ${n * heads * c.valueDim}`);
  }
  if (length + n > c.capacity) {
    throw new RangeError(`${op}: ${n} positions do not fit; the cache holds ${length} of ${c.capacity}`);
  }
  return n;
};

/** A cache is used until it is freed. */
export const alive = (op: string, freed: boolean): void => {
  if (freed) throw new ReferenceError(`${op}: the cache has been freed`);
};

export const truncated = (op: string, n: unknown, length: number): number => {
  const to = check.count(op, "length", n);
  if (to > length) throw new RangeError(`${op}: length is ${to}; the cache holds ${length}`);
  return to;
};
