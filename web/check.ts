// Every error message of the package. All of them are thrown before anything is copied.
import { type Floats, Resident, type Tensor } from "./memory.js";

/** Scores as a caller may give them. */
export type Scores = Float32Array | Float64Array | readonly number[] | Resident;

export const emptyRows = ["zero", "nan", "uniform", "throw"] as const;
export const infinities = ["nan", "limit"] as const;
export const ties = ["first", "split"] as const;

const kind = (x: unknown): string =>
  x === null ? "null"
  : typeof x === "object" ? (x.constructor?.name ?? "an object")
  : typeof x === "function" ? "a function"
  : `${typeof x} ${String(x)}`;

/** A caller's tensor, taken apart; anything else has no dims. */
const parts = (x: unknown): { data: unknown; dims: readonly number[] | undefined } => {
  if (typeof x !== "object" || x === null || ArrayBuffer.isView(x) || x instanceof Resident || !("dims" in x)) {
    return { data: x, dims: undefined };
  }
  const { data, dims } = x as Tensor<unknown>;
  return { data, dims: Array.from(dims) };
};

/** Floats to read, and the dims of the tensor they came in. number[] and Float64Array are rounded to floats. */
export const floats = (op: string, name: string, x: unknown): { data: Floats; dims: readonly number[] | undefined } => {
  if (x instanceof Float32Array || x instanceof Resident) return { data: x, dims: undefined };
  const { data, dims } = parts(x);
  if (data instanceof Float32Array || data instanceof Resident) return { data, dims };
  if (data instanceof Float64Array) return { data: Float32Array.from(data), dims };
  if (Array.isArray(data)) {
    const wrong = data.findIndex((v) => typeof v !== "number");
    if (wrong >= 0) throw new TypeError(`${op}: ${name}[${wrong}] is ${kind(data[wrong])}; it is a number`);
    return { data: Float32Array.from(data), dims };
  }
  throw new TypeError(
    `${op}: ${name} is ${kind(data)}; it is a Float32Array, number[], Float64Array, Resident or tensor { data, dims }`,
  );
};

/** Which way rows lie in an array, [outer, cols, inner]. */
export interface Shape {
  outer: number;
  cols: number;
  inner: number;
  size: number;
  rows: number;
  /** As the caller gave them. */
  dims: readonly number[];
  axis: number;
}

const count = (op: string, name: string, n: unknown): number => {
  if (typeof n !== "number" || !Number.isInteger(n) || n < 0 || n > 0x7fffffff) {
    throw new RangeError(`${op}: ${name} is ${kind(n)}; it is a whole number from 0 to 2147483647`);
  }
  return n;
};

/** The rows of `length` values: along cols, or along an axis of dims. */
export const shape = (
  op: string,
  name: string,
  length: number,
  cols: number | undefined,
  given: readonly number[] | undefined,
  axis = -1,
): Shape => {
  if (given === undefined) {
    if (axis !== -1) throw new RangeError(`${op}: axis is ${axis}, and there are no dims that it could be of`);
    const c = cols === undefined ? length : count(op, "cols", cols);
    const rows = c === 0 ? 0 : length / c;
    if (!Number.isInteger(rows) || (c === 0 && length > 0)) {
      throw new RangeError(`${op}: ${name} holds ${length} values, which do not fill rows of ${c}`);
    }
    return { outer: rows, cols: c, inner: 1, size: length, rows, dims: [rows, c], axis: 1 };
  }
  if (cols !== undefined) throw new RangeError(`${op}: cols and dims are both given; one of them says the shape`);
  const dims = Array.from(given, (n, i) => count(op, `dims[${i}]`, n));
  if (!Number.isInteger(axis) || axis < -dims.length || axis >= dims.length) {
    throw new RangeError(`${op}: axis is ${kind(axis)}; it is a whole number from ${-dims.length} to ${dims.length - 1}`);
  }
  const along = axis < 0 ? axis + dims.length : axis;
  const product = (some: readonly number[]) => some.reduce((a, b) => a * b, 1);
  const size = product(dims);
  if (size !== length) {
    throw new RangeError(`${op}: ${name} holds ${length} values, dims [${dims.join(", ")}] need ${size}`);
  }
  const outer = product(dims.slice(0, along));
  const inner = product(dims.slice(along + 1));
  return { outer, cols: dims[along] as number, inner, size, rows: outer * inner, dims, axis: along };
};

export const sameLength = (op: string, name: string, x: { length: number }, length: number, like: string): void => {
  if (x.length !== length) throw new RangeError(`${op}: ${name} holds ${x.length} values, ${like} ${length}`);
};

/** The place for a result: floats of this length that do not overlap an input in part. */
export const output = (op: string, out: unknown, length: number, ...inputs: Floats[]): Floats | undefined => {
  if (out === undefined) return undefined;
  const { data } = parts(out);
  if (!(data instanceof Float32Array || data instanceof Resident)) {
    throw new TypeError(`${op}: out is ${kind(data)}; it is a Float32Array, Resident or tensor { data, dims } of floats`);
  }
  sameLength(op, "out", data, length, "the result");
  for (const x of inputs) {
    if (!(data instanceof Float32Array && x instanceof Float32Array) || data.buffer !== x.buffer) continue;
    const [a, b] = [data.byteOffset, x.byteOffset];
    if (a !== b && a < b + x.byteLength && b < a + data.byteLength) {
      throw new RangeError(`${op}: out overlaps an input in part; it is the input itself, or memory of its own`);
    }
  }
  return data;
};

/** Temperatures as the kernels take them: undefined for 1, else one, or one per row. */
export const temperatures = (op: string, t: unknown, rows: number): Float32Array | undefined => {
  if (t === undefined || t === 1) return undefined;
  const some = typeof t === "number" ? [t] : Array.isArray(t) || ArrayBuffer.isView(t) ? Array.from(t as ArrayLike<number>) : undefined;
  if (some === undefined) throw new TypeError(`${op}: temperature is ${kind(t)}; it is a number, or one number per row`);
  if (typeof t !== "number") sameLength(op, "temperature", some, rows, "the number of rows is");
  for (let i = 0; i < some.length; i++) {
    const one = some[i];
    if (!(typeof one === "number" && one >= 0)) {
      const name = typeof t === "number" ? "temperature" : `temperature[${i}]`;
      throw new RangeError(`${op}: ${name} is ${kind(one)}; it is a number from 0 to Infinity`);
    }
  }
  // What is above 0 stays above 0 when it is rounded to a float.
  return Float32Array.from(some, (one) => (one > 0 ? Math.max(one, 2 ** -126) : 0));
};

/** Bytes, 1 = keep: as many as there are scores, or one row of them for all. */
export const keepMask = (op: string, mask: unknown, { size, cols }: Shape): Uint8Array | undefined => {
  if (mask === undefined) return undefined;
  if (!(mask instanceof Uint8Array)) throw new TypeError(`${op}: mask is ${kind(mask)}; it is a Uint8Array, 1 = keep`);
  if (mask.length !== size && mask.length !== cols) {
    throw new RangeError(`${op}: mask holds ${mask.length} bytes; it holds one per score, ${size}, or one per entry of a row, ${cols}`);
  }
  return mask;
};

export const oneOf = <T extends string>(op: string, name: string, value: T | undefined, names: readonly T[], usual: T): T => {
  if (value === undefined) return usual;
  if (!names.includes(value)) {
    throw new RangeError(`${op}: ${name} is ${kind(value)}; it is one of ${names.map((n) => `"${n}"`).join(", ")}`);
  }
  return value;
};

export const threshold = (op: string, name: string, value: unknown): number => {
  if (typeof value !== "number" || Number.isNaN(value)) {
    throw new RangeError(`${op}: ${name} is ${kind(value)}; it is a number`);
  }
  return value;
};

export const noCandidate = (op: string, row: number): never => {
  throw new RangeError(`${op}: row ${row} has no candidate: every score is masked or -Infinity`);
};
