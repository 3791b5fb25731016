// The sparse maps as callers meet them: what is refused, what goes in and comes out, and how they are one family.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load } from "softmax-wasm";
import { bits, keeps, scores } from "./samples.js";

const sm = await load();
const wrong = (value: unknown) => value as never;
const x = Float32Array.of(1, 2, 3, 4, 5, 6);
const near = (a: ArrayLike<number>, b: ArrayLike<number>, within: number) => {
  assert.equal(a.length, b.length);
  for (const [i, v] of Array.from(a).entries()) assert.ok(Math.abs(v - b[i]!) <= within, `entry ${i}: ${v}, ${b[i]}`);
};

describe("a wrong alpha", () => {
  const calls = {
    entmax: (alpha: unknown) => sm.entmax(x, { cols: 3, alpha: wrong(alpha) }),
    entmaxVjp: (alpha: unknown) => sm.entmaxVjp(x, x, { cols: 3, alpha: wrong(alpha) }),
    entmaxAlphaVjp: (alpha: unknown) => sm.entmaxAlphaVjp(x, x, { cols: 3, alpha: wrong(alpha) }),
  };
  for (const [op, call] of Object.entries(calls)) {
    const says = (name: string, message: string, alpha: unknown) =>
      test(`${op}: ${message}`, () => assert.throws(() => call(alpha), { name, message: `${op}: ${message}` }));
    for (const alpha of [0, -1, Number.NaN, Number.NEGATIVE_INFINITY])
      says("RangeError", `alpha is ${alpha}; it is a number above 0`, alpha);
    says("RangeError", "alpha[1] is 0; it is a number above 0", [1, 0]);
    says("RangeError", "alpha holds 3 values, the number of rows is 2", [1, 2, 3]);
    says("TypeError", 'alpha is "2"; it is a number, or one number per row', "2");
    says("TypeError", "alpha is null; it is a number, or one number per row", null);
    says("TypeError", 'alpha[0] is "2"; it is a number above 0', ["2", 1]);
  }
});

describe("a wrong call", () => {
  for (const op of ["sparsemax", "entmax15", "entmax", "hardmax", "rowStats"] as const) {
    test(op, () => {
      assert.throws(() => sm[op](wrong(null)), { name: "TypeError", message: new RegExp(`^${op}: x is null`) });
      assert.throws(() => sm[op](x, { cols: 4 }), { name: "RangeError", message: new RegExp(`^${op}: x holds 6`) });
      assert.throws(() => sm[op](x, wrong(3)), { name: "TypeError", message: new RegExp(`^${op}: options is 3`) });
      assert.throws(() => sm[op]([-Infinity], { emptyRow: "throw" }), {
        name: "RangeError",
        message: `${op}: row 0 has no candidate: every score is masked or -Infinity`,
      });
    });
  }
  for (const op of ["sparsemaxVjp", "entmax15Vjp", "entmaxVjp", "entmaxAlphaVjp"] as const) {
    test(op, () => {
      assert.throws(() => sm[op](x, [1, 2]), { name: "RangeError", message: `${op}: dy holds 2 values, y 6` });
      assert.throws(() => sm[op](wrong(7), x), { name: "TypeError", message: new RegExp(`^${op}: y is 7`) });
      assert.throws(() => sm[op](x, x, { out: wrong([]) }), { name: "TypeError", message: new RegExp(`^${op}: out`) });
    });
  }
});

describe("one family", () => {
  const rows = scores(5 * 90, 3, 2);
  const options = { cols: 90, mask: keeps(450), temperature: [1, 0.5, 2, 0, 1] };
  test("entmax is softmax, entmax15 and sparsemax at 1, 1.5 and 2", () => {
    assert.deepEqual(bits(sm.entmax(rows, { ...options, alpha: 1 })), bits(sm.softmax(rows, options)));
    assert.deepEqual(bits(sm.entmax(rows, { ...options, alpha: 1.5 })), bits(sm.entmax15(rows, options)));
    assert.deepEqual(bits(sm.entmax(rows, options)), bits(sm.entmax15(rows, options)));
    assert.deepEqual(bits(sm.entmax(rows, { ...options, alpha: 2 })), bits(sm.sparsemax(rows, options)));
  });
  test("so are their gradients", () => {
    const dy = scores(450, 4, 1);
    const cols = 90;
    const y = sm.entmax15(rows, options);
    assert.deepEqual(bits(sm.entmaxVjp(y, dy, { cols })), bits(sm.entmax15Vjp(y, dy, { cols })));
    const cut = sm.sparsemax(rows, options);
    assert.deepEqual(bits(sm.entmaxVjp(cut, dy, { cols, alpha: 2 })), bits(sm.sparsemaxVjp(cut, dy, { cols })));
    const soft = sm.softmax(rows, { cols });
    near(sm.entmaxVjp(soft, dy, { cols, alpha: 1 }), sm.softmaxVjp(soft, dy, { cols }), 1e-6);
  });
  test("alpha Infinity and hardmax are softmax at temperature 0", () => {
    const hard = sm.softmax(rows, { cols: 90, temperature: 0 });
    assert.deepEqual(sm.hardmax(rows, { cols: 90 }), hard);
    assert.deepEqual(sm.entmax(rows, { cols: 90, alpha: Infinity }), hard);
  });
  test("one alpha per row, along an axis", () => {
    const alpha = [0.5, 1.25, 3];
    const wide = scores(2 * 40 * 3, 5, 2);
    const y = sm.entmax(wide, { dims: [40, 6], axis: 0, alpha: [...alpha, ...alpha] });
    const first = Float32Array.from({ length: 40 }, (_, i) => wide[i * 6 + 1]!);
    near(
      Float32Array.from({ length: 40 }, (_, i) => y[i * 6 + 1]!),
      sm.entmax(first, { alpha: 1.25 }),
      0,
    );
  });
});

describe("what goes in and comes out", () => {
  const ops = ["sparsemax", "entmax15", "entmax", "hardmax"] as const;
  for (const op of ops) {
    test(`${op} of a tensor, in place, from and into a Resident`, () => {
      const y = sm[op](x, { cols: 3 });
      assert.deepEqual(sm[op]({ data: x, dims: [2, 3] }), { data: y, dims: [2, 3] });
      const own = x.slice();
      assert.equal(sm[op](own, { cols: 3, out: own }), own);
      assert.deepEqual(own, y);
      const held = sm.resident(x);
      const out = sm.resident(6);
      assert.equal(sm[op](held, { cols: 3, out }), out);
      assert.deepEqual(out.read(), y);
      assert.deepEqual(held.read(), x);
      sm[op](held, { cols: 3, out: held, mask: Uint8Array.of(1, 1, 0) });
      assert.deepEqual(held.read(), sm[op](x, { cols: 3, mask: Uint8Array.of(1, 1, 0) }));
      held.free();
      out.free();
    });
  }
  test("entmaxAlphaVjp gives one number for each row", () => {
    const y = sm.entmax(x, { cols: 3, alpha: 1.25 });
    const dalpha = sm.entmaxAlphaVjp(y, x, { cols: 3, alpha: 1.25 });
    assert.equal(dalpha.length, 2);
    const tensor = sm.entmaxAlphaVjp({ data: y, dims: [2, 3] }, x, { alpha: 1.25 });
    assert.deepEqual(tensor, { data: dalpha, dims: [2] });
  });
  test("rowStats gives five numbers for each row, and changes nothing", () => {
    const held = sm.resident([1, 2, 3, 5, 5, 5]);
    const mask = Uint8Array.of(1, 1, 1, 1, 0, 1);
    const stats = sm.rowStats(held, { cols: 3, mask });
    assert.deepEqual(stats.max, Float32Array.of(3, 5));
    assert.deepEqual(stats.margin, Float32Array.of(1, 0));
    assert.deepEqual(stats.support, Float32Array.of(3, 2));
    assert.deepEqual(stats.logSumExp, sm.logSumExp(held, { cols: 3, mask }));
    const p = sm.softmax([1, 2, 3]);
    near(stats.entropy, [-p.reduce((sum, v) => sum + v * Math.log(v), 0), Math.LN2], 1e-6);
    assert.deepEqual(held.read(), Float32Array.of(1, 2, 3, 5, 5, 5));
    held.free();
  });
  test("stats are counted", () => {
    const stats = { nanRows: 0, emptyRows: 0 };
    const y = sm.sparsemax([1, Number.NaN, -Infinity, -Infinity, 1, 2], { cols: 2, stats });
    assert.deepEqual(stats, { nanRows: 1, emptyRows: 1 });
    assert.deepEqual([...y], [Number.NaN, Number.NaN, Number.NaN, Number.NaN, 0, 1]);
  });
  test("the rows of the papers' package", () => {
    near(sm.sparsemax([-2, 0, 0.5]), [0, 0.25, 0.75], 1e-7);
    near(sm.entmax15([-2, 0, 0.5]), [0, 0.326, 0.674], 5e-5);
  });
});
