// Queries, keys and values of two batches and grouped heads, for the tests of attention.
import assert from "node:assert/strict";
import { scores } from "./samples.js";

/** A tensor of random numbers in [-2, 2). */
export const tensor = (dims: number[], seed = 1) => ({
  data: scores(
    dims.reduce((a, b) => a * b),
    seed,
    2,
  ),
  dims,
});
export const [batch, heads, kvHeads, queries, keys, dim] = [2, 4, 2, 5, 9, 6] as const;
export const q = tensor([batch, heads, queries, dim], 1);
export const k = tensor([batch, kvHeads, keys, dim], 2);
export const v = tensor([batch, kvHeads, keys, dim], 3);
export const sizes = { batch, heads, kvHeads, dim };

/** Rows from … to of each head. */
export const rows = ({ data, dims }: { data: Float32Array; dims: number[] }, from: number, to: number) => {
  const [b, h, n, cols] = dims as [number, number, number, number];
  const heads = Array.from({ length: b * h }, (_, i) =>
    Array.from(data.subarray((i * n + from) * cols, (i * n + to) * cols)),
  );
  return { data: Float32Array.from(heads.flat()), dims: [b, h, to - from, cols] };
};
/** Two results that differ only in how their sums were made. */
export const near = (a: Float32Array, b: Float32Array) => {
  for (const [i, x] of a.entries()) assert.ok(Math.abs(x - b[i]!) <= 4 * 2 ** -23 * 2, `${x} and ${b[i]} at ${i}`);
};
