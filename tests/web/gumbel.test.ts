// Draws: the same numbers for the same seed however they are asked for, and gradients straight through.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "softmax-wasm";
import { bits, keeps, scores } from "./samples.js";

const sm = await load();
const [rows, cols] = [6, 9];
const x = scores(rows * cols, 1, 2);
const same = (a: unknown, b: unknown) => assert.deepEqual(bits(a as Float32Array), bits(b as Float32Array));

test("a seed is a value: numbers and bigints alike, 0 like any other, and each its own noise", () => {
  const noise = (seed: number | bigint, stream?: number | bigint) => sm.gumbelNoise(20, { seed, stream });
  same(noise(0), noise(0));
  same(noise(7), noise(7n));
  same(noise(7), noise(7, 0n));
  same(noise(2 ** 40), noise(2n ** 40n));
  const all = [
    noise(0),
    noise(1),
    noise(2 ** 32),
    noise(2n ** 63n),
    noise(0, 1),
    noise(0, 2 ** 32),
    noise(0, 2n ** 63n),
  ];
  assert.equal(new Set(all.map((g) => g.join())).size, all.length);
});

test("noise does not depend on how its rows are split into calls", () => {
  const whole = sm.gumbelNoise({ rows, cols }, { seed: 3 });
  same(sm.gumbelNoise(cols, { seed: 3 }), whole.subarray(0, cols));
  same(sm.gumbelNoise({ rows: rows - 2, cols }, { seed: 3, firstRow: 2 }), whole.subarray(2 * cols));
  const y = sm.gumbelSoftmax(x, { cols, seed: 3 });
  same(sm.gumbelSoftmax(x.subarray(2 * cols), { cols, seed: 3, firstRow: 2 }), y.subarray(2 * cols));
});

test("the noise of a seed given as the caller's own makes the same draw, on any axis", () => {
  const noise = sm.gumbelNoise({ rows, cols }, { seed: 3 });
  const mask = keeps(rows * cols);
  for (const options of [{ cols }, { cols, temperature: 0.5, mask }, { cols, hard: true }]) {
    same(sm.gumbelSoftmax(x, { ...options, seed: 3 }), sm.gumbelSoftmax(x, { ...options, noise }));
  }
  const across = Float32Array.from(x, (_, i) => x[(i % rows) * cols + Math.floor(i / rows)]!);
  const y = sm.gumbelSoftmax(across, { dims: [cols, rows], axis: 0, seed: 3, hard: true });
  same(
    Float32Array.from(x, (_, i) => y[(i % cols) * rows + Math.floor(i / cols)]!),
    sm.gumbelSoftmax(x, { cols, seed: 3, hard: true }),
  );
});

test("hard gives one-hots, and into soft what it would have been without", () => {
  const soft = new Float32Array(x.length);
  const y = sm.gumbelSoftmax(x, { cols, seed: 3, temperature: 0.5, hard: true, soft });
  same(soft, sm.gumbelSoftmax(x, { cols, seed: 3, temperature: 0.5 }));
  for (let r = 0; r < rows; r++) {
    const [draw, probabilities] = [y, soft].map((v) => Array.from(v.subarray(r * cols, (r + 1) * cols))) as [
      number[],
      number[],
    ];
    assert.deepEqual(
      draw.filter((v) => v !== 0),
      [1],
    );
    assert.equal(draw.indexOf(1), probabilities.indexOf(Math.max(...probabilities)));
  }
  const dy = scores(x.length, 2);
  same(sm.gumbelSoftmaxVjp(soft, dy, { cols, temperature: 0.5 }), sm.softmaxVjp(soft, dy, { cols, temperature: 0.5 }));
  using into = sm.resident(x.length);
  sm.gumbelSoftmax(x, { cols, seed: 3, temperature: 0.5, hard: true, soft: into });
  same(into.read(), soft);
});

test("ties go to the first, a masked score and -Infinity never win, an empty row follows its rule", () => {
  const noise = new Float32Array(3);
  assert.deepEqual(sm.gumbelSoftmax([1, 2, 2], { noise, hard: true }), Float32Array.of(0, 1, 0));
  assert.deepEqual(sm.gumbelSoftmax([1, 2, 2], { noise, hard: true, tie: "split" }), Float32Array.of(0, 1, 0));
  assert.deepEqual(
    sm.gumbelSoftmax([1, Number.NaN, 2], { noise, hard: true, mask: Uint8Array.of(1, 0, 0) }),
    Float32Array.of(1, 0, 0),
  );
  for (let seed = 0; seed < 200; seed++) assert.equal(sm.gumbelSoftmax([-Infinity, -5], { seed, hard: true })[1], 1);
  assert.deepEqual(sm.gumbelSoftmax([1, 2], { seed: 1, hard: true, mask: Uint8Array.of(0, 0) }), new Float32Array(2));
});

test("ten thousand draws follow softmax", () => {
  const p = sm.softmax([0, 1, 2]);
  const many = sm.gumbelSoftmax(
    Float32Array.from({ length: 30000 }, (_, i) => i % 3),
    { cols: 3, seed: 0, hard: true },
  );
  const counts = [0, 0, 0];
  for (let i = 0; i < many.length; i++) counts[i % 3]! += many[i]!;
  // Chi-square with 2 degrees of freedom: above 13.8 once in a thousand times; the seed is fixed.
  const chi = counts.reduce((sum, n, c) => sum + (n - 10000 * p[c]!) ** 2 / (10000 * p[c]!), 0);
  assert.ok(chi < 13.8, `chi-square is ${chi}`);
});
