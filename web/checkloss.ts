// The error messages of losses: targets, weights and the numbers that make a loss.
import * as check from "./check.js";
import type { Half } from "./formats.js";
import { isResident } from "./memory.js";

export const reductions = ["mean", "sum", "none"] as const;
export const emptyMeans = ["nan", "zero"] as const;
export const maskedTargets = ["inf", "throw"] as const;

/** Whole numbers as a caller may give them: one for each row. */
export type Classes =
  | readonly number[]
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | BigInt64Array
  | BigUint64Array;

const integers = new Set(["Int", "Uint"].flatMap((kind) => [8, 16, 32].map((bits) => `${kind}${bits}Array`)));
integers.add("BigInt64Array").add("BigUint64Array");

const areIntegers = (x: unknown): boolean =>
  x instanceof Int32Array || (ArrayBuffer.isView(x) && integers.has((x as Int8Array)[Symbol.toStringTag]));

/** Whether targets are classes, one for each row, and not a weight for every score. */
export const areClasses = (given: unknown, rows: number, size: number): boolean => {
  const { data } = check.parts(given);
  return Array.isArray(data) ? data.length !== size || size === rows : areIntegers(data);
};

/** A class for each row as kernels take them: -1 where the row does not count. */
export const classes = (
  op: string,
  name: string,
  given: unknown,
  rows: number,
  cols: number,
  ignored: number | undefined,
): number[] => {
  const { data } = check.parts(given);
  if (!Array.isArray(data) && !areIntegers(data)) {
    throw check.wrongKind(op, name, data, "an Int32Array, number[], BigInt64Array or tensor of classes");
  }
  const some = data as ArrayLike<unknown>;
  check.sameLength(op, name, some, rows, "the number of rows is");
  const made = new Array<number>(rows); // for one row a quarter of the time of an Int32Array
  for (let i = 0; i < rows; i++) {
    const one = some[i];
    const n = typeof one === "bigint" ? Number(one) : one;
    if (typeof n !== "number") throw check.wrongKind(op, `${name}[${i}]`, one, "a whole number");
    made[i] = n === ignored ? -1 : n;
    if (n !== ignored && !(Number.isInteger(n) && n >= 0 && n < cols)) {
      const or = ignored === undefined ? "" : `, or ignoreIndex, ${ignored}`;
      throw check.wrongNumber(op, `${name}[${i}]`, n, `a class from 0 to ${cols - 1}${or}`);
    }
  }
  return made;
};

/** In strict calls: no row has a class that its mask removes. */
export const keptTargets = (
  op: string,
  name: string,
  targets: readonly number[],
  keep: Uint8Array,
  { cols, inner, size }: check.Shape,
): void => {
  targets.forEach((y, r) => {
    const at = keep.length === size ? Math.floor(r / inner) * cols * inner + y * inner + (r % inner) : y;
    if (y >= 0 && keep[at] === 0) throw new RangeError(`${op}: ${name}[${r}] is ${y}, a class that the mask removes`);
  });
};

export const wholeNumber = (op: string, name: string, n: unknown): number => {
  if (Number.isSafeInteger(n)) return n as number;
  throw check.wrongNumber(op, name, n, "a whole number");
};

/** A number from least to most. */
export const between = (op: string, name: string, n: unknown, usual: number, least: number, most: number): number => {
  if (n === undefined) return usual;
  if (typeof n === "number" && n >= least && n <= most && Math.abs(n) < 2 ** 128 - 2 ** 103) return n;
  const range = most < Number.POSITIVE_INFINITY ? `from ${least} to ${most}` : `from ${least}, and finite`;
  throw check.wrongNumber(op, name, n, `a number ${range}`);
};

const positive = (op: string, name: string, n: unknown): number => {
  if (typeof n === "number" && n > 0 && n < Number.POSITIVE_INFINITY) return n;
  throw check.wrongNumber(op, name, n, "a number above 0 and below Infinity");
};

/** The power of an entmax. */
export const alpha = (op: string, n: unknown): number => {
  if (n === undefined) return 1.5;
  return Math.min(Math.max(positive(op, "alpha", n), 2 ** -20), 2 ** 20);
};

/** One temperature for all rows, at which a loss has a slope. */
export const lossTemperature = (op: string, t: unknown): number => {
  if (t === undefined) return 1;
  return Math.min(Math.max(positive(op, "temperature", t), 2 ** -126), 3.4e38);
};

/** Factors, none of them negative. */
export const weights = (op: string, name: string, given: unknown, length: number, like: string) => {
  if (given === undefined) return undefined;
  const data = check.plain(op, name, given);
  check.sameLength(op, name, data, length, like);
  const some = isResident(data) ? data.read() : data;
  some.forEach((w, i) => {
    if (!(w >= 0)) throw check.wrongNumber(op, `${name}[${i}]`, w, "a number from 0 on");
  });
  return some;
};

/** What arrives at a loss: a number, or as many as there are losses. */
export const arriving = (op: string, dloss: unknown, losses: number, dtype: Half | undefined) => {
  const { data } = check.floats(op, "dloss", typeof dloss === "number" ? [dloss] : dloss, dtype);
  check.sameLength(op, "dloss", data, losses, "the loss has");
  return data;
};
