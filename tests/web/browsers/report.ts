// What is asked of the package wherever it runs: in node, bun, deno and workerd, in pages and in workers.
// It imports nothing, so that it can be copied anywhere.
export type Package = typeof import("softmax-wasm");
type Softmax = Awaited<ReturnType<Package["load"]>>;

/** Plain data, to be compared between hosts. */
export interface Report {
  variant: string;
  /** softmax([1, 3, 2]). */
  digits: string;
  /** Of the bits of every result; the same on all hosts for scalar and simd. */
  hash: string;
  /** The largest error of softmax over the rows, in units of the last place. */
  ulp: number;
}

/** softmax([1, 3, 2]) as every host must print it. */
export const digits = "0.090031 0.665241 0.244728";

export const inDigits = (y: ArrayLike<number>) => Array.from(y, (p) => p.toFixed(6)).join(" ");

/** The report of each variant that this host can run. */
export async function reports({ load, variants, supports }: Package): Promise<Report[]> {
  const all: Report[] = [];
  for (const variant of variants) if (supports(variant)) all.push(report(await load({ variant })));
  return all;
}

export function report(sm: Softmax): Report {
  const bits = new Bits();
  let ulp = 0;
  for (const cols of [1, 2, 3, 5, 16, 17, 64, 1000]) {
    const x = rowsOfScores(4, cols);
    const y = sm.softmax(x, { cols });
    const dy = rowsOfScores(4, cols);
    bits.add(y);
    bits.add(sm.softmax(x, { cols, temperature: 0.7 }));
    bits.add(sm.softmaxVjp(y, dy, { cols }));
    bits.add(sm.logSoftmax(x, { cols }));
    bits.add(sm.logSumExp(x, { cols }));
    bits.add(sm.logSumExpVjp(x, new Float32Array(4).fill(1), { cols }));
    for (let r = 0; r < 4; r++) {
      ulp = Math.max(ulp, error(y.subarray(r * cols, (r + 1) * cols), x.subarray(r * cols, (r + 1) * cols)));
    }
  }
  return { variant: sm.variant, digits: inDigits(sm.softmax([1, 3, 2])), hash: bits.hash(), ulp };
}

/** FNV-1a over the bytes of everything added. */
class Bits {
  #hash = 0x811c9dc5;
  add(values: Float32Array) {
    for (const byte of new Uint8Array(values.buffer, values.byteOffset, values.byteLength)) {
      this.#hash = Math.imul(this.#hash ^ byte, 0x01000193);
    }
  }
  hash = () => (this.#hash >>> 0).toString(16).padStart(8, "0");
}

/** Scores between -16 and 16 from a linear congruence: the same everywhere, since nothing in it is rounded. */
export function rowsOfScores(rows: number, cols: number): Float32Array {
  let state = cols;
  return Float32Array.from({ length: rows * cols }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 19 - 16;
  });
}

/** The largest error of a row of softmax against the definition in double, in units of the last place. */
function error(y: Float32Array, x: Float32Array): number {
  const top = x.reduce((a, b) => Math.max(a, b));
  const w = Array.from(x, (v) => Math.exp(v - top));
  const total = w.reduce((a, b) => a + b);
  return Math.max(
    ...w.map((v, i) => Math.abs((y[i] ?? Number.NaN) - v / total) / 2 ** (Math.floor(Math.log2(v / total)) - 23)),
  );
}
