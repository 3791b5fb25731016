// A small transformer that reads letter by letter (Vaswani et al. 2017): its attention is the library's.
import type { Softmax } from "softmax-wasm";
import { add, headsOf, norm, product, rowsOf, turn } from "./linear.js";

/** The letters it knows. Others are read as spaces. */
export const alphabet = "! .,?'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

const place = (letter: string) => alphabet.indexOf(letter);

export const encode = (text: string) =>
  Int32Array.from(text, (letter) => (place(letter) < 0 ? place(" ") : place(letter)));
export const decode = (letters: ArrayLike<number>) => Array.from(letters, (i) => alphabet[i]).join("");

export interface Sizes {
  /** Numbers a letter is, all the way through. */
  width: number;
  /** Heads of a layer; each has width / heads numbers. */
  heads: number;
  layers: number;
}

/** The shipped model's. */
export const sizes: Sizes = { width: 48, heads: 4, layers: 3 };

/** The matrices of a layer lie [outputs, inputs]. */
export interface Layer {
  before: Float32Array;
  query: Float32Array;
  key: Float32Array;
  value: Float32Array;
  out: Float32Array;
  between: Float32Array;
  up: Float32Array;
  down: Float32Array;
}

export interface Weights {
  sizes: Sizes;
  /** Every weight, in a row. */
  all: Float32Array;
  /** [letters, width]: what a letter is, and what the next one is compared with. */
  letters: Float32Array;
  layers: Layer[];
  last: Float32Array;
}

/** Numbers between the two products of a layer, for each of its width. */
const wider = 4;

export const weightCount = ({ width, layers }: Sizes) =>
  alphabet.length * width + layers * ((4 + 2 * wider) * width * width + 2 * width) + width;

/** The weights (or their gradients) that lie in a row. */
export function weightsIn(sizes: Sizes, all: Float32Array): Weights {
  const { width } = sizes;
  let at = 0;
  const take = (n: number) => {
    at += n;
    return all.subarray(at - n, at);
  };
  const square = width * width;
  const letters = take(alphabet.length * width);
  const layers = Array.from({ length: sizes.layers }, () => ({
    before: take(width),
    query: take(square),
    key: take(square),
    value: take(square),
    out: take(square),
    between: take(width),
    up: take(wider * square),
    down: take(wider * square),
  }));
  return { sizes, all, letters, layers, last: take(width) };
}

/** The shipped weights from their file: each the upper half of a float. */
export const fromFile = (file: ArrayBuffer) =>
  weightsIn(sizes, new Float32Array(Uint32Array.from(new Uint16Array(file), (half) => half << 16).buffer));

/** The file of weights: each rounded to the upper half of a float, ties to even. */
export const toFile = ({ all }: Weights) =>
  Uint16Array.from(new Uint32Array(all.slice().buffer), (bits) => (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);

/** What a layer did, all of it: the figures show it, and gradients are made of it. [batch, length, width] but where it says otherwise. */
export interface Trace {
  /** What came in, and it brought to size. */
  x: Float32Array;
  normed: Float32Array;
  /** [batch, heads, length, width / heads]. */
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
  /** The values that were taken, as q lies, and the log-sum-exp of each row of scores. */
  taken: { out: Float32Array; lse: Float32Array };
  mixed: Float32Array;
  middle: Float32Array;
  middleNormed: Float32Array;
  /** [batch, length, 4 width]. */
  up: Float32Array;
  bent: Float32Array;
}

/** How queries look at keys and take values. */
export type Attend = (layer: number, q: Float32Array, k: Float32Array, v: Float32Array) => Trace["taken"];

export const headsIn = ({ width, heads }: Sizes, batch: number) => ({ batch, heads, dim: width / heads });

/** Every letter looks at itself and all before it. */
export const causally =
  (sm: Softmax, sizes: Sizes, batch: number): Attend =>
  (_, q, k, v) =>
    sm.attention(q, k, v, { ...headsIn(sizes, batch), causal: true, lse: true });

/**
 * Reads letters.
 *
 * @param letters [batch, length], places in the alphabet
 * @param first the place of the first of them in its text
 * @returns the scores of each letter to come next, [batch, length, alphabet], and what led to them
 */
export function read(
  sm: Softmax,
  { sizes, letters: table, layers, last }: Weights,
  letters: Int32Array,
  {
    batch = 1,
    first = 0,
    attend = causally(sm, sizes, batch),
  }: { batch?: number; first?: number; attend?: Attend } = {},
) {
  const { width } = sizes;
  const shape = headsIn(sizes, batch);
  let x: Float32Array = new Float32Array(letters.length * width);
  letters.forEach((letter, i) => {
    x.set(table.subarray(letter * width, (letter + 1) * width), i * width);
  });
  const traces = layers.map((layer, i): Trace => {
    const normed = norm(x, layer.before);
    const [q, k, v] = [layer.query, layer.key, layer.value].map((w) => headsOf(product(sm, normed, w, width), shape));
    turn(q, shape, first, 1);
    turn(k, shape, first, 1);
    const taken = attend(i, q, k, v);
    const mixed = rowsOf(taken.out, shape);
    const middle = add(product(sm, mixed, layer.out, width), x);
    const middleNormed = norm(middle, layer.between);
    const up = product(sm, middleNormed, layer.up, width);
    const bent = sm.gelu(up);
    const trace = { x, normed, q, k, v, taken, mixed, middle, middleNormed, up, bent };
    x = add(product(sm, bent, layer.down, wider * width), middle);
    return trace;
  });
  const normed = norm(x, last);
  return { traces, x, normed, scores: product(sm, normed, table, width) };
}

/** Reads on from where it was, keeping the keys and values of what it has read. */
export function reader(sm: Softmax, weights: Weights, capacity: number) {
  const { sizes } = weights;
  const { heads, dim } = headsIn(sizes, 1);
  const caches = weights.layers.map(() => sm.kvCache({ kvHeads: heads, dim, capacity }));
  return {
    /** The scores of the letter after each of these. */
    read(letters: Int32Array) {
      const first = caches[0].length;
      const attend: Attend = (layer, q, k, v) => {
        caches[layer].append(k, v);
        return caches[layer].attend(q, { heads, lse: true });
      };
      return read(sm, weights, letters, { first, attend }).scores;
    },
    free() {
      for (const cache of caches) cache.free();
    },
  };
}

/** Where the largest of the last row of scores stands: the likeliest next letter. */
export function likeliest(scores: Float32Array) {
  const row = scores.subarray(-alphabet.length);
  return row.indexOf(row.reduce((a, b) => Math.max(a, b)));
}

/** Writes on, always the likeliest letter, until it has written n letters or `end`. */
export function writeOn(sm: Softmax, weights: Weights, text: string, n: number, end?: string) {
  const caching = reader(sm, weights, text.length + n);
  let written = "";
  let scores = caching.read(encode(text));
  while (written.length < n) {
    const letter = likeliest(scores);
    written += alphabet[letter];
    if (alphabet[letter] === end) break;
    scores = caching.read(Int32Array.of(letter));
  }
  caching.free();
  return written;
}
