// The layers of the model that are no softmax: products with weights, norms, and positions as turns.
import type { Softmax } from "softmax-wasm";

/** a bᵀ: [rows, inner] and [columns, inner] make [rows, columns]. It is what attention calls raw scores. */
export const product = (sm: Softmax, a: Float32Array, b: Float32Array, inner: number) =>
  sm.attentionWeights(a, b, { dim: inner, stage: "raw", scale: 1 });

/** [rows, columns] becomes [columns, rows]. */
export function transposed(x: Float32Array, columns: number) {
  const rows = x.length / columns;
  const y = new Float32Array(x.length);
  for (let r = 0; r < rows; ++r) for (let c = 0; c < columns; ++c) y[c * rows + r] = x[r * columns + c];
  return y;
}

/** a + b, into a. */
export function add(a: Float32Array, b: Float32Array) {
  for (let i = 0; i < a.length; ++i) a[i] += b[i];
  return a;
}

/** The gradients of y = x wᵀ, x [rows, inputs], w [outputs, inputs]: returns that of x, adds that of w to dw. */
export function productVjp(sm: Softmax, x: Float32Array, w: Float32Array, dy: Float32Array, dw: Float32Array) {
  const inputs = Math.sqrt((x.length * w.length) / dy.length);
  const [rows, outputs] = [x.length / inputs, w.length / inputs];
  add(dw, product(sm, transposed(dy, outputs), transposed(x, inputs), rows));
  return product(sm, dy, transposed(w, inputs), outputs);
}

const epsilon = 1e-5;

/** 1 over the root mean square of each row. */
const sizesOf = (x: Float32Array, columns: number) =>
  Float64Array.from({ length: x.length / columns }, (_, r) => {
    let squares = 0;
    for (let i = r * columns; i < (r + 1) * columns; ++i) squares += x[i] * x[i];
    return 1 / Math.sqrt(squares / columns + epsilon);
  });

/** Each row brought to size 1, and each column to its gain (Zhang and Sennrich 2019). */
export function norm(x: Float32Array, gain: Float32Array) {
  const columns = gain.length;
  const scale = sizesOf(x, columns);
  return x.map((v, i) => v * scale[Math.floor(i / columns)] * gain[i % columns]);
}

/** The gradients of norm: returns that of x, adds that of gain to dgain. */
export function normVjp(x: Float32Array, gain: Float32Array, dy: Float32Array, dgain: Float32Array) {
  const columns = gain.length;
  const scale = sizesOf(x, columns);
  const dx = new Float32Array(x.length);
  for (let r = 0, at = 0; at < x.length; ++r, at += columns) {
    let along = 0;
    for (let c = 0; c < columns; ++c) {
      along += dy[at + c] * gain[c] * x[at + c];
      dgain[c] += dy[at + c] * x[at + c] * scale[r];
    }
    const back = (along * scale[r] * scale[r]) / columns;
    for (let c = 0; c < columns; ++c) dx[at + c] = scale[r] * (dy[at + c] * gain[c] - back * x[at + c]);
  }
  return dx;
}

export interface Heads {
  batch: number;
  heads: number;
  /** Numbers of a head. */
  dim: number;
}

/** The angle by which the pair i of dim numbers turns at a place (Su et al. 2021). */
const angle = (place: number, i: number, dim: number) => place * 1000 ** ((-2 * i) / dim);

/** Turns each pair of numbers of x [batch, heads, length, dim] by its place, counted from `first`; the other way for sign -1. */
export function turn(x: Float32Array, { batch, heads, dim }: Heads, first: number, sign: 1 | -1) {
  const length = x.length / (batch * heads * dim);
  for (let l = 0; l < length; ++l) {
    for (let i = 0; i < dim / 2; ++i) {
      const [cos, sin] = [Math.cos(angle(first + l, i, dim)), sign * Math.sin(angle(first + l, i, dim))];
      for (let h = 0; h < batch * heads; ++h) {
        const at = (h * length + l) * dim + 2 * i;
        const [a, b] = [x[at], x[at + 1]];
        x[at] = a * cos - b * sin;
        x[at + 1] = a * sin + b * cos;
      }
    }
  }
  return x;
}

/** Copies heads of the rows [batch, length, heads, dim] to [batch, heads, length, dim], or back. */
function regrouped(x: Float32Array, { batch, heads, dim }: Heads, back: boolean) {
  const length = x.length / (batch * heads * dim);
  const y = new Float32Array(x.length);
  for (let b = 0; b < batch; ++b) {
    for (let h = 0; h < heads; ++h) {
      for (let l = 0; l < length; ++l) {
        const [row, head] = [((b * length + l) * heads + h) * dim, ((b * heads + h) * length + l) * dim];
        const [from, to] = back ? [head, row] : [row, head];
        y.set(x.subarray(from, from + dim), to);
      }
    }
  }
  return y;
}

/** Rows [batch, length, heads, dim] as attention takes them, [batch, heads, length, dim]. */
export const headsOf = (rows: Float32Array, sizes: Heads) => regrouped(rows, sizes, false);
/** … and back. */
export const rowsOf = (heads: Float32Array, sizes: Heads) => regrouped(heads, sizes, true);
