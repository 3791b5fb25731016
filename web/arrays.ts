// The arrays a caller may give, for scores and for results, and the error messages of others.
import { counts, fill, oneOf, said, sameLength, wrongKind, wrongNumber } from "./check.js";
import { type Half, type Halves, halves, isNarrow, Narrow } from "./formats.js";
import { type Floats, isResident, type Resident, type Tensor } from "./memory.js";

/** Scores as a caller may give them. */
export type Scores =
  | Float32Array
  | Float64Array
  | readonly number[]
  | Resident
  | Halves
  | Uint16Array
  | Uint8Array
  | Int8Array;

/** The name of a kind of array, also of another realm, such as a frame or a test runner's sandbox; else undefined. */
export const tag = (x: unknown): string | undefined =>
  ArrayBuffer.isView(x) ? (x as Float32Array)[Symbol.toStringTag] : undefined;

export const isFloats = (x: unknown): x is Float32Array => x instanceof Float32Array || tag(x) === "Float32Array";

/** A caller's tensor, taken apart; anything else has no dims. */
export const parts = (x: unknown): { data: unknown; dims: unknown; type?: unknown } => {
  if (typeof x !== "object" || x === null || ArrayBuffer.isView(x) || isResident(x) || !("dims" in x)) {
    return { data: x, dims: undefined };
  }
  const { data, dims, type } = x as Tensor<unknown>;
  return { data, dims, type };
};

/** An array that has lost its buffer says that its length is 0, and would pass for an empty one. */
const attached = <T extends Float32Array | Float64Array | Resident | Narrow["array"]>(
  op: string,
  name: string,
  data: T,
): T => {
  if (data.length === 0 && !isResident(data)) {
    try {
      (data as Float32Array).indexOf(0);
    } catch {
      throw new TypeError(`${op}: ${name} is a ${said(data)} whose buffer has been transferred or shrunk`);
    }
  }
  return data;
};

const kinds = "a Float32Array, Float16Array, number[], Float64Array, Resident or tensor { data, dims }";

/** The half that a tensor's own type names, else that of the call. */
const half = (type: unknown, dtype: Half | undefined): Half | undefined =>
  halves.includes(type as Half) ? (type as Half) : dtype;

export const dtype = (op: string, given: Half | undefined): Half | undefined =>
  given === undefined ? undefined : oneOf(op, "dtype", given, halves, "float16");

/** Numbers narrower than floats to read; undefined when data holds none. */
const narrow = (
  op: string,
  name: string,
  data: unknown,
  type: Half | undefined,
  scale: unknown,
  zero: unknown,
): Narrow | undefined => {
  const is = tag(data);
  if (is === "Float16Array") return new Narrow(attached(op, name, data as Halves), "float16");
  if (is === "Uint16Array") {
    if (type !== undefined) return new Narrow(attached(op, name, data as Uint16Array), type);
    throw wrongKind(op, name, data, `${kinds}, or a Uint16Array with dtype "float16" or "bfloat16"`);
  }
  if (is !== "Uint8Array" && is !== "Int8Array") return undefined;
  if (scale === undefined)
    throw wrongKind(op, name, data, kinds + (zero === undefined ? "" : `, or ${is} with inputScale`));
  if (!(typeof scale === "number" && Math.fround(scale) > 0 && Math.fround(scale) < Number.POSITIVE_INFINITY)) {
    throw wrongNumber(op, "inputScale", scale, "a number above 0 and below Infinity");
  }
  const least = is === "Int8Array" ? -128 : 0;
  if (!(Number.isInteger(zero) && (zero as number) >= least && (zero as number) <= least + 255)) {
    throw wrongNumber(op, "inputZeroPoint", zero, `a whole number from ${least} to ${least + 255}, as in a ${is}`);
  }
  const bytes = attached(op, name, data as Uint8Array | Int8Array);
  return new Narrow(bytes, is === "Int8Array" ? "int8" : "uint8", scale, zero as number);
};

/**
 * Floats to read, and the dims of the tensor they came in. number[] and Float64Array are rounded to floats; narrower
 * numbers are widened when they are copied into the module. `type` is the call's dtype, `scale` and `zero` what bytes
 * mean; without `zero` the call has no place for bytes.
 */
export const floats = (
  op: string,
  name: string,
  x: unknown,
  type?: Half,
  scale?: unknown,
  zero?: unknown,
): { data: Floats; dims: readonly number[] | undefined } => {
  if (x instanceof Float32Array || isResident(x)) return { data: attached(op, name, x), dims: undefined };
  const { data, dims: own, type: says } = parts(x);
  const dims = own === undefined ? undefined : counts(op, "dims", own);
  if (isFloats(data) || isResident(data)) return { data: attached(op, name, data), dims };
  if (tag(data) === "Float64Array") return { data: Float32Array.from(attached(op, name, data as Float64Array)), dims };
  if (Array.isArray(data)) {
    const made = new Float32Array(data.length);
    for (let i = 0; i < made.length; i++) {
      const v: unknown = data[i];
      if (typeof v !== "number") throw wrongKind(op, `${name}[${i}]`, v, "a number");
      made[i] = v;
    }
    return { data: made, dims };
  }
  const numbers = narrow(op, name, data, half(says, type), scale, zero);
  if (numbers !== undefined) return { data: numbers, dims };
  throw wrongKind(op, name, data, kinds);
};

const viewOf = (x: unknown): ArrayBufferView | undefined =>
  isNarrow(x) ? x.bits : ArrayBuffer.isView(x) ? x : undefined;

/** Whether two arrays lie over each other. */
export const overlap = (x: unknown, y: unknown): boolean => {
  const a = viewOf(x);
  const b = viewOf(y);
  if (a === undefined || b === undefined || a.buffer !== b.buffer) return false;
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
};

/** out, when it has this length and does not overlap an input in part. */
const fits = <Out extends Floats>(op: string, name: string, out: Out, length: number, inputs: readonly unknown[]) => {
  sameLength(op, name, out, length, "the result");
  const to = viewOf(out);
  for (const x of inputs) {
    const from = viewOf(x);
    // Buffers last: to ask a short array for its buffer costs as much as its softmax.
    if ((to?.byteOffset !== from?.byteOffset || to?.byteLength !== from?.byteLength) && overlap(to, from)) {
      throw new RangeError(`${op}: ${name} overlaps an input in part; it is the input itself, or memory of its own`);
    }
  }
  return out;
};

type Inputs = (Floats | Half | undefined)[];

/**
 * The place for a result of this length that does not overlap an input in part: floats or halves. Without an out,
 * halves for a first input of halves; undefined, which is new floats, otherwise. The call's dtype may stand among the
 * inputs: it says what an out that is a Uint16Array holds, if no input does.
 */
export const output = (op: string, out: unknown, length: number, ...inputs: Inputs): Floats | undefined =>
  placeFor(op, "out", out, length, inputs);

/** The same, where the option has another name than `out`. */
export const placeFor = (
  op: string,
  name: string,
  out: unknown,
  length: number,
  inputs: Inputs,
): Floats | undefined => {
  if (isResident(out)) {
    sameLength(op, name, out, length, "the result"); // it lies over no array
    return out;
  }
  const first = inputs[0];
  const like = isNarrow(first) && first.half ? first : undefined;
  if (out === undefined) return like?.like(length);
  const { data, type } = parts(out);
  if (isFloats(data) || isResident(data)) return fits<Floats>(op, name, data, length, inputs);
  const is = tag(data);
  const own =
    is === "Float16Array" ? "float16" : half(type, inputs.find((x) => typeof x === "string") ?? (like?.kind as Half));
  if ((is === "Float16Array" || is === "Uint16Array") && own !== undefined) {
    return fits(op, name, new Narrow(attached(op, name, data as Halves | Uint16Array), own), length, inputs);
  }
  const or = is === "Uint16Array" ? ', or a Uint16Array with dtype "float16" or "bfloat16"' : "";
  throw wrongKind(op, name, data, `a Float32Array, Float16Array, Resident or tensor { data, dims } of floats${or}`);
};

/** The place for a second result: memory of its own. */
export const apart = (
  op: string,
  name: string,
  out: unknown,
  length: number,
  others: Record<string, Floats | undefined>,
): Floats | undefined => {
  if (out === undefined) return undefined;
  const data = placeFor(op, name, out, length, []);
  for (const [other, x] of Object.entries(others)) {
    if (x !== undefined && (x === data || overlap(data, x))) {
      throw new RangeError(`${op}: ${name} lies over ${other}; it is memory of its own`);
    }
  }
  return data;
};

/** The same for probabilities, which those of bytes are given as. */
export const probabilities = (op: string, out: unknown, length: number, x: Floats, type: Half | undefined) => {
  if (!isNarrow(x) || x.half) return output(op, out, length, x, type);
  if (out === undefined) return x.like(length);
  const { data } = parts(out);
  if (tag(data) !== tag(x.array)) return output(op, out, length, x, type);
  return fits(op, "out", new Narrow(attached(op, "out", data as Uint8Array | Int8Array), x.kind), length, [x]);
};

/** floats() of any shape, whose dims are those of its values. */
export const filled = (op: string, name: string, x: unknown, type?: Half): ReturnType<typeof floats> => {
  const { data, dims } = floats(op, name, x, type);
  if (dims !== undefined) fill(op, name, data.length, dims);
  return { data, dims };
};

/** floats() whose numbers are looked at one by one before the module has them: neither halves nor bytes. */
export const plain = (op: string, name: string, x: unknown): Float32Array | Resident => {
  const { data } = floats(op, name, x);
  if (!isNarrow(data)) return data;
  throw wrongKind(op, name, data.array, "a Float32Array, number[], Float64Array or Resident");
};
