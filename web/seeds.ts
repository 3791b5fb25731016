// The error messages of random numbers: seeds, and what is drawn with them.
import { count, wrongChoice, wrongKind, wrongNumber } from "./check.js";
import { isResident, type Resident } from "./memory.js";

/** A whole number below 2⁶⁴ as two words, the low one first. */
const words = (op: string, name: string, n: unknown): [low: number, high: number] => {
  const right = "a whole number from 0 to 9007199254740991, or a bigint from 0n to 18446744073709551615n";
  if (typeof n !== "number" && typeof n !== "bigint") throw wrongKind(op, name, n, right);
  if (typeof n === "number" ? !(Number.isSafeInteger(n) && n >= 0) : n < 0n || n >= 2n ** 64n) {
    throw wrongChoice(op, name, n, right);
  }
  const whole = BigInt(n);
  return [Number(whole & 0xffffffffn), Number(whole >> 32n)];
};

/** Which random numbers a call gets. */
export interface Seeded {
  /** The same numbers for the same seed: a whole number, 0 like any other, or a bigint below 2⁶⁴. */
  seed?: number | bigint | undefined;
  /** Numbers that have nothing to do with those of other streams of the seed; 0 when left out. */
  stream?: number | bigint | undefined;
  /** The number of the first row, so that rows split into calls get what they get in one; 0 when left out. */
  firstRow?: number | undefined;
}

/** The key of a call, as kernels take it. */
export const key = (op: string, { seed, stream = 0, firstRow = 0 }: Seeded): Uint8Array => {
  const some = [...words(op, "seed", seed), ...words(op, "stream", stream), count(op, "firstRow", firstRow)];
  return new Uint8Array(Uint32Array.from(some).buffer);
};

/** How many numbers, in how many rows. */
export const size = (op: string, given: unknown): { rows: number; cols: number } => {
  if (typeof given === "number") return { rows: 1, cols: count(op, "length", given) };
  if (typeof given !== "object" || given === null) {
    throw wrongKind(op, "length", given, "a whole number, or { rows, cols }");
  }
  const { rows, cols } = given as { rows: unknown; cols: unknown };
  const [r, c] = [count(op, "rows", rows), count(op, "cols", cols)];
  if (r * c > 0x7fffffff) throw new RangeError(`${op}: ${r} rows of ${c} are more than 2147483647 numbers`);
  return { rows: r, cols: c };
};

/** A caller's noise: finite, so that masks and -Infinity stay what they are. What a Resident holds is not looked at. */
export const noise = (op: string, g: Float32Array | Resident): void => {
  if (isResident(g)) return;
  const at = g.findIndex((v) => !Number.isFinite(v));
  if (at >= 0) throw wrongNumber(op, `noise[${at}]`, g[at], "a finite number");
};

/** Noise comes from a seed or from the caller. */
export const oneSource = (op: string, seed: unknown, own: unknown): void => {
  if (seed !== undefined && own !== undefined) {
    throw new RangeError(`${op}: seed and noise are both given; one of them says the noise`);
  }
};

/** Temperature 0 is the draw itself, and soft what a hard draw hides. */
export const drawn = (op: string, hard: boolean, soft: unknown, t: Float32Array | undefined): void => {
  if (!hard && t?.includes(0)) throw new RangeError(`${op}: temperature is 0; without hard it is above 0`);
  if (!hard && soft !== undefined) throw new RangeError(`${op}: soft is given without hard; the result itself is soft`);
};
