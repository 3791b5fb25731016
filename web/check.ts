// The error messages of the package, with those of arrays.ts and of checks that one family needs. They are thrown before
// anything of the caller's is written.
import { isFloats, tag } from "./arrays.js";

export {
  apart,
  dtype,
  filled,
  floats,
  output,
  overlap,
  parts,
  placeFor,
  plain,
  probabilities,
  tag,
  type Scores,
} from "./arrays.js";

export const emptyRows = ["zero", "nan", "uniform", "throw"] as const;
export const infinities = ["nan", "limit"] as const;
export const ties = ["first", "split"] as const;
export const forms = ["none", "tanh"] as const;

/** A value as a sentence says it: numbers and the like as they are written, objects by their class. */
export const said = (x: unknown): string =>
  typeof x === "string"
    ? JSON.stringify(x)
    : typeof x === "bigint"
      ? `${x}n`
      : typeof x === "function"
        ? "a function"
        : typeof x !== "object" || x === null
          ? String(x)
          : (x.constructor?.name ?? "an object");

const sentence = (op: string, name: string, came: unknown, right: string) =>
  `${op}: ${name} is ${said(came)}; it is ${right}`;

/** The error for an argument of the wrong kind, … */
export const wrongKind = (op: string, name: string, came: unknown, right: string): TypeError =>
  new TypeError(sentence(op, name, came, right));

/** … for one that is no choice or number of those there are, … */
export const wrongChoice = (op: string, name: string, came: unknown, right: string): RangeError =>
  new RangeError(sentence(op, name, came, right));

/** … and for a number, of the wrong kind when it is none. */
export const wrongNumber = (op: string, name: string, came: unknown, right: string): TypeError | RangeError =>
  (typeof came === "number" ? wrongChoice : wrongKind)(op, name, came, right);

/** The options of a call; a number in their place would be taken for none at all. */
export const options = <T extends object>(op: string, given: T): T => {
  if (typeof given === "object" && given !== null) return given;
  throw wrongKind(op, "options", given, "an object such as { cols: 10 }");
};

const isList = (x: unknown): x is ArrayLike<unknown> => Array.isArray(x) || (ArrayBuffer.isView(x) && "length" in x);

const isCount = (n: unknown): n is number => typeof n === "number" && Number.isInteger(n) && n >= 0 && n <= 0x7fffffff;

export const count = (op: string, name: string, n: unknown): number => {
  if (isCount(n)) return n;
  throw wrongNumber(op, name, n, "a whole number from 0 to 2147483647");
};

/** Several of them; their names are made only when they are needed. */
export const counts = (op: string, name: string, given: unknown): number[] => {
  if (!isList(given)) throw wrongKind(op, name, given, "an array of whole numbers");
  const all: number[] = [];
  for (let i = 0; i < given.length; i++) {
    const n = given[i];
    all.push(isCount(n) ? n : count(op, `${name}[${i}]`, n));
  }
  return all;
};

/** Which way rows lie in an array, [outer, cols, inner]. */
export interface Shape {
  outer: number;
  cols: number;
  inner: number;
  size: number;
  rows: number;
  /** As the caller gave them, if not by cols. */
  dims: readonly number[] | undefined;
  axis: number;
}

/** The product of those from begin on, before end. */
export const product = (some: readonly number[], begin = 0, end = some.length): number => {
  let all = 1;
  for (let i = begin; i < end; i++) all *= some[i] as number;
  return all;
};

/** The dims of one result for each row. */
export const without = (dims: readonly number[] | undefined, axis: number): readonly number[] | undefined =>
  dims?.filter((_, i) => i !== axis);

/** Dims of so many values. */
export const fill = (op: string, name: string, length: number, dims: readonly number[]): void => {
  const size = product(dims);
  if (size !== length) {
    throw new RangeError(`${op}: ${name} holds ${length} values, dims [${dims.join(", ")}] need ${size}`);
  }
};

/** How long rows are, … */
export const width = (op: string, cols: unknown, length: number): number =>
  cols === undefined ? length : count(op, "cols", cols);

/** … and how many of them `length` values fill. */
export const height = (op: string, name: string, length: number, cols: number): number => {
  const rows = cols === 0 ? 0 : length / cols;
  if (Number.isInteger(rows) && (cols > 0 || length === 0)) return rows;
  throw new RangeError(`${op}: ${name} holds ${length} values, which do not fill rows of ${cols}`);
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
    if (axis !== -1) throw new RangeError(`${op}: axis is ${said(axis)}, and there are no dims that it could be of`);
    const c = width(op, cols, length);
    const rows = height(op, name, length, c);
    return { outer: rows, cols: c, inner: 1, size: length, rows, dims: undefined, axis: 1 };
  }
  if (cols !== undefined) throw new RangeError(`${op}: cols and dims are both given; one of them says the shape`);
  const dims = counts(op, "dims", given);
  if (dims.length === 0) throw new RangeError(`${op}: dims is empty; rows lie along one of them`);
  if (!Number.isInteger(axis) || axis < -dims.length || axis >= dims.length) {
    throw wrongNumber(op, "axis", axis, `a whole number from ${-dims.length} to ${dims.length - 1}`);
  }
  const along = axis < 0 ? axis + dims.length : axis;
  fill(op, name, length, dims);
  const outer = product(dims, 0, along);
  const inner = product(dims, along + 1);
  return { outer, cols: dims[along] as number, inner, size: length, rows: outer * inner, dims, axis: along };
};

export const sameLength = (op: string, name: string, x: { length: number }, length: number, like: string): void => {
  if (x.length !== length) throw new RangeError(`${op}: ${name} holds ${x.length} values, ${like} ${length}`);
};

/** A number, or one per row, each of which fits what range says. */
const perRow = (
  op: string,
  name: string,
  given: unknown,
  rows: number,
  fits: (n: number) => boolean,
  range: string,
) => {
  const alone = typeof given === "number";
  if (!alone && !isList(given)) throw wrongKind(op, name, given, "a number, or one number per row");
  const some = alone ? [given] : given;
  if (!alone) sameLength(op, name, some, rows, "the number of rows is");
  const all = new Float32Array(alone ? 1 : rows);
  for (let i = 0; i < all.length; i++) {
    const one = some[i];
    if (!(typeof one === "number" && fits(one))) throw wrongNumber(op, alone ? name : `${name}[${i}]`, one, range);
    all[i] = one > 0 ? Math.max(one, 2 ** -126) : 0; // what is above 0 stays so when it is rounded to a float
  }
  return all;
};

/** Temperatures as the kernels take them: undefined for 1, else one, or one per row. */
export const temperatures = (op: string, t: unknown, rows: number): Float32Array | undefined =>
  t === undefined || t === 1
    ? undefined
    : perRow(op, "temperature", t, rows, (one) => one >= 0, "a number from 0 to Infinity");

/** Alphas as the kernels take them: one, or one per row; undefined where there are none. */
export const alphas = (op: string, alpha: unknown, rows: number): Float32Array | undefined =>
  alpha === undefined ? undefined : perRow(op, "alpha", alpha, rows, (one) => one > 0, "a number above 0");

/** A temperature of pieces: at 0 and at Infinity nothing can be merged. */
export const mergeable = (op: string, t: number): void => {
  if (!(t > 0 && t < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${op}: temperature is ${t}; pieces merge only at temperatures above 0 and below Infinity`);
  }
};

/** Bytes, 1 = keep: as many as there are scores, or one row of them for all. */
export const keepMask = (op: string, mask: unknown, { size, cols }: Shape): Uint8Array | undefined => {
  if (mask === undefined) return undefined;
  if (tag(mask) !== "Uint8Array") throw wrongKind(op, "mask", mask, "a Uint8Array, 1 = keep");
  const bytes = mask as Uint8Array;
  if (bytes.length !== size && bytes.length !== cols) {
    throw new RangeError(
      `${op}: mask holds ${bytes.length} bytes; it holds one per score, ${size}, or one per entry of a row, ${cols}`,
    );
  }
  return bytes;
};

export const oneOf = <T extends string>(
  op: string,
  name: string,
  value: T | undefined,
  names: readonly T[],
  usual: T,
): T => {
  if (value === undefined) return usual;
  if (!names.includes(value)) {
    throw wrongChoice(op, name, value, `one of ${names.map((n) => `"${n}"`).join(", ")}`);
  }
  return value;
};

export const threshold = (op: string, name: string, value: unknown): number => {
  if (typeof value === "number" && !Number.isNaN(value)) return value;
  throw wrongNumber(op, name, value, "a number that scores can be below");
};

export const finite = (op: string, name: string, value: unknown): number => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw wrongNumber(op, name, value, "a finite number");
};

export const noCandidate = (op: string, row: number): never => {
  throw new RangeError(`${op}: row ${row} has no candidate: every score is masked or -Infinity`);
};

/** The caller's counters. */
export const counters = (op: string, stats: unknown): void => {
  if (stats !== undefined && (typeof stats !== "object" || stats === null)) {
    throw wrongKind(op, "stats", stats, "an object that receives { nanRows, emptyRows }");
  }
};

/** A state, taken apart. */
export const state = (
  op: string,
  name: string,
  given: unknown,
): { peak: Float32Array; total: Float32Array; rows: number } => {
  if (typeof given !== "object" || given === null) {
    throw wrongKind(op, name, given, "a state { peak, total }");
  }
  const { peak, total } = given as { peak: unknown; total: unknown };
  if (!isFloats(peak)) throw wrongKind(op, `${name}.peak`, peak, "a Float32Array");
  if (!isFloats(total)) throw wrongKind(op, `${name}.total`, total, "a Float32Array");
  sameLength(op, `${name}.total`, total, peak.length, `${name}.peak`);
  return { peak, total, rows: peak.length };
};

/** The number of floats of a Resident: its bytes are counted in 32 bits. */
export const residentLength = (length: number): number => {
  if (!Number.isInteger(length) || length < 0 || length > 0x3fffffff) {
    throw wrongNumber("resident", "length", length, "a whole number from 0 to 1073741823");
  }
  return length;
};

/** What receives a Resident's floats. */
export const receiver = (op: string, out: unknown, length: number): Float32Array => {
  if (!isFloats(out)) throw wrongKind(op, "out", out, "a Float32Array");
  sameLength(op, "out", out, length, "the Resident");
  return out;
};

/** An array that a caller's getter or Proxy has shortened after it was checked. */
export const unchanged = (op: string, name: string, x: { length: number }, length: number): void => {
  if (x.length !== length) {
    throw new RangeError(`${op}: ${name} held ${length} values, and ${x.length} after the other arguments were read`);
  }
};

export const freed = (op: string, name: string): never => {
  throw new ReferenceError(`${op}: ${name} is a Resident that has been freed`);
};

export const dead = (op: string): never => {
  throw new ReferenceError(
    `${op}: the module has trapped in an earlier call and is not used again; load() makes a new instance`,
  );
};

export const foreign = (op: string, name: string): never => {
  throw new ReferenceError(`${op}: ${name} is a Resident of another module instance`);
};

export const noMemory = (op: string, bytes: number): never => {
  throw new RangeError(`${op}: ${bytes} bytes cannot be had in the module's memory`);
};

export const flag = (op: string, name: string, value: unknown): boolean => {
  if (value !== undefined && typeof value !== "boolean") throw wrongKind(op, name, value, "true or false");
  return value === true;
};
