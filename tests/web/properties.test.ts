// What is true of all rows: properties, on rows that fast-check makes up and shrinks.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { load } from "softmax-wasm";
import { bits } from "./samples.js";

const sm = await load();

const floats = (n: number, max = 50) =>
  fc
    .array(fc.float({ min: -max, max, noNaN: true }), { minLength: n, maxLength: n })
    .map((a) => Float32Array.from(a, (v) => v + 0));
/** A row of 1 to 80 scores: the lengths that are taken across, and those that are taken along. */
const row = fc.integer({ min: 1, max: 80 }).chain((n) => floats(n));
/** Rows, and another array as large. */
const pair = fc
  .record({ rows: fc.integer({ min: 1, max: 6 }), cols: fc.integer({ min: 1, max: 70 }) })
  .chain(({ rows, cols }) =>
    fc.record({ rows: fc.constant(rows), cols: fc.constant(cols), x: floats(rows * cols), dy: floats(rows * cols, 4) }),
  );
const temperature = fc.constantFrom(0.25, 0.7, 1, 2, 3);

const holds = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void) =>
  fc.assert(fc.property(arbitrary, property), { numRuns: 100 });
const same = (a: unknown, b: unknown) => assert.deepEqual(bits(a as Float32Array), bits(b as Float32Array));
/** Within so many 2⁻²⁴ of the larger of |b| and scale. */
const near = (a: ArrayLike<number>, b: ArrayLike<number>, ulps: number, scale = 0) => {
  assert.equal(a.length, b.length);
  Array.from(a).forEach((v, i) => {
    const bound = ulps * 2 ** -24 * Math.max(Math.abs(b[i]!), scale) + 2 ** -126;
    assert.ok(Object.is(v, b[i]) || Math.abs(v - b[i]!) <= bound, `entry ${i}: ${v} and ${b[i]}`);
  });
};
const rowsOf = (x: Float32Array, cols: number) =>
  Array.from({ length: x.length / cols }, (_, r) => x.slice(r * cols, (r + 1) * cols));
const sum = (x: ArrayLike<number>) => Array.from(x).reduce((a, b) => a + b, 0);
/** The maps, which all of this is asked of. */
const maps = {
  softmax: sm.softmax,
  logSoftmax: sm.logSoftmax,
  sparsemax: sm.sparsemax,
  entmax15: sm.entmax15,
} as const;

describe("every map", () => {
  for (const [name, map] of Object.entries(maps)) {
    test(`${name}: options say their defaults or leave them out`, () =>
      holds(pair, ({ x, cols }) => {
        const [held, out] = [sm.resident(x), sm.resident(x.length)];
        const said = { cols, temperature: 1, emptyRow: "nan", infScores: "nan", tie: "first" } as const;
        same(map(x, { cols }), map(x, said));
        same(map(held, { cols, out }).read(), map(held, said));
        held.free();
        out.free();
      }));
  }
});

describe("softmax", () => {
  test("sums to 1", () => holds(row, (x) => assert.ok(Math.abs(sum(sm.softmax(x)) - 1) <= 4 * 2 ** -24)));

  test("keeps the order of the scores", () =>
    holds(row, (x) => {
      const order = Array.from(x.keys()).sort((i, j) => x[i]! - x[j]!);
      const y = sm.softmax(x);
      for (let k = 1; k < order.length; k++) assert.ok(y[order[k]!]! >= y[order[k - 1]!]!);
    }));

  test("does not see a shift of all scores", () =>
    holds(
      fc.tuple(
        fc.array(fc.integer({ min: -3000, max: 3000 }), { minLength: 1, maxLength: 80 }),
        fc.integer({ min: -500, max: 500 }),
      ),
      ([a, c]) => {
        // Multiples of 1/64, so that the shift itself is exact.
        const x = a.map((v) => v / 64);
        near(sm.softmax(x.map((v) => v + c)), sm.softmax(x), 10);
        near(sm.logSoftmax(x.map((v) => v + c)), sm.logSoftmax(x), 10, 1);
      },
    ));

  test("is moved with its scores", () =>
    holds(row, (x) => near(sm.softmax(x.slice().reverse()), sm.softmax(x).reverse(), 8)));

  test("tends to the largest at small temperatures and to equal shares at large ones", () =>
    holds(row, (any) => {
      const x = any.map((v) => Math.round(v * 8) / 8); // scores that differ, differ by more than the temperature
      same(sm.softmax(x, { temperature: 1e-30 }), sm.softmax(x, { temperature: 0, tie: "split" }));
      near(sm.softmax(x, { temperature: 1e30 }), sm.softmax(x, { temperature: Infinity }), 4);
    }));

  test("at a temperature is softmax of the divided scores", () =>
    holds(row, (x) => near(sm.softmax(x, { temperature: 0.5 }), sm.softmax(x.map((v) => v * 2)), 8)));

  test("has logSoftmax for a logarithm", () =>
    holds(fc.tuple(row, temperature), ([x, t]) => {
      const y = sm.softmax(x, { temperature: t });
      near(sm.logSoftmax(x, { temperature: t }).map(Math.exp), y, 200, 2 ** -20);
      const lse = sm.logSumExp(x, { temperature: t })[0]!;
      near(
        sm.logSoftmax(x, { temperature: t }),
        Array.from(x, (v) => v / t - lse),
        16,
        200,
      );
    }));
});

describe("rows and shapes", () => {
  for (const [name, map] of Object.entries(maps)) {
    test(`${name} of many rows is that of each`, () =>
      holds(fc.tuple(pair, temperature), ([{ rows, cols, x }, t]) => {
        const whole = map(x, { cols, temperature: t });
        same(whole, Float32Array.from(rowsOf(x, cols).flatMap((one) => [...map(one, { temperature: t })])));
        near(
          whole,
          map(x, { cols, temperature: Array.from({ length: rows }, () => t) }),
          8,
          name === "softmax" ? 0 : 300,
        );
      }));

    test(`${name} along another axis is that of the transposed`, () =>
      holds(pair, ({ rows, cols, x }) => {
        const across = Float32Array.from(x, (_, i) => x[(i % rows) * cols + Math.floor(i / rows)]!);
        const y = map(across, { dims: [cols, rows], axis: 0 });
        const wanted = map(x, { cols });
        near(
          Float32Array.from(x, (_, i) => y[(i % cols) * rows + Math.floor(i / cols)]!),
          wanted,
          8,
          name === "softmax" ? 0 : 100,
        );
        same(y, map(across, { dims: [1, cols, rows], axis: -2 }));
      }));

    test(`${name} in place, of a tensor, of an array, into out: the same bits`, () =>
      holds(pair, ({ rows, cols, x }) => {
        const y = map(x, { cols });
        const own = x.slice();
        same(map(own, { cols, out: own }), y);
        const tensor = map({ data: x, dims: [rows, cols] });
        same(tensor.data, y);
        assert.deepEqual(tensor.dims, [rows, cols]);
        same(map(Array.from(x), { cols }), y);
        same(map(Float64Array.from(x), { dims: [rows, cols] }), y);
        const out = { data: new Float32Array(x.length), dims: [rows, cols] };
        assert.equal(map(x, { cols, out }), out);
        same(out.data, y);
        using r = sm.resident(x);
        same(map(r, { cols }), y);
      }));

    test(`${name}: -Infinity, a mask and maskBelow all remove an entry`, () =>
      holds(fc.tuple(row, fc.infiniteStream(fc.boolean())), ([x, stream]) => {
        const kept = Uint8Array.from(x, () => Number(stream.next().value));
        kept[0] = 1;
        const rest = map(x.filter((_, i) => kept[i] === 1));
        const wanted = Float32Array.from(x, () => (name === "softmax" ? 0 : -Infinity));
        for (let i = 0, j = 0; i < x.length; i++) if (kept[i] === 1) wanted[i] = rest[j++]!;
        const scale = name === "softmax" ? 0 : 100;
        const masked = map(x, { mask: kept });
        near(masked, wanted, 8, scale);
        same(map(x.map((v, i) => (kept[i] === 1 ? v : -Infinity))), masked);
        same(
          map(
            x.map((v, i) => (kept[i] === 1 ? v : Number.NaN)),
            { mask: kept },
          ),
          masked,
        );
        same(
          map(
            x.map((v, i) => (kept[i] === 1 ? v : -1e9)),
            { maskBelow: -1e8 },
          ),
          masked,
        );
        same(map(Float32Array.of(...x, ...x), { cols: x.length, mask: kept }).subarray(x.length), masked);
      }));
  }

  test("a bad row touches no other", () =>
    holds(
      fc.tuple(pair, fc.nat(), fc.constantFrom(Number.NaN, Infinity, -Infinity)),
      ([{ rows, cols, x }, at, bad]) => {
        const spoilt = x.slice();
        const r = at % rows;
        spoilt.fill(bad, r * cols, (r + 1) * cols);
        const [a, b] = [rowsOf(sm.softmax(spoilt, { cols }), cols), rowsOf(sm.softmax(x, { cols }), cols)];
        for (let i = 0; i < rows; i++) if (i !== r) same(a[i], b[i]);
      },
    ));
});

describe("gradients", () => {
  test("are linear in what arrives: twice as much gives twice as much, nothing gives nothing", () =>
    holds(fc.tuple(pair, temperature), ([{ cols, x, dy }, t]) => {
      const options = { cols, temperature: t };
      const twice = dy.map((v) => 2 * v);
      for (const [y, vjp] of [
        [sm.softmax(x, options), sm.softmaxVjp],
        [sm.logSoftmax(x, options), sm.logSoftmaxVjp],
      ] as const) {
        near(
          vjp(y, twice, options),
          vjp(y, dy, options).map((v) => 2 * v),
          1,
          2 ** -80,
        );
        assert.ok(vjp(y, new Float32Array(dy.length), options).every((v) => v === 0));
      }
    }));

  test("of the maps sum to 0 over a row: a shift of all scores changes nothing", () =>
    holds(pair, ({ cols, x, dy }) => {
      for (const dx of [
        sm.softmaxVjp(sm.softmax(x, { cols }), dy, { cols }),
        sm.logSoftmaxVjp(sm.logSoftmax(x, { cols }), dy, { cols }),
      ]) {
        for (const one of rowsOf(dx, cols)) assert.ok(Math.abs(sum(one)) <= 1000 * 2 ** -24 * cols);
      }
    }));

  test("know from the scores which rows do not move with them", () => {
    const [nan, inf] = [Number.NaN, Infinity];
    // No candidate; two share +inf; ordinary; masked altogether; a NaN.
    const x = Float32Array.of(-inf, -inf, -inf, inf, 2, inf, 1, 1, 1, 4, 5, inf, 1, nan, 2);
    const options = {
      cols: 3,
      mask: Uint8Array.of(1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1),
      emptyRow: "uniform",
      infScores: "limit",
    } as const;
    const dy = Float32Array.from(x, (_, i) => [1, -2, 5][i % 3]!);
    const dlse = [1, 2, 3, 4, 5];
    const third = Math.fround(1 / 3);
    for (const t of [1, [1, 1, 1, 1, 1]]) {
      const warm = { ...options, temperature: t };
      const scored = { ...warm, x };
      const softmax = sm.softmaxVjp(sm.softmax(x, warm), dy, scored);
      const logSoftmax = sm.logSoftmaxVjp(sm.logSoftmax(x, warm), dy, scored);
      for (const dx of [softmax, logSoftmax]) {
        same(dx.subarray(0, 6), new Float32Array(6));
        assert.ok(dx.subarray(6, 9).every((v) => v !== 0));
        same(dx.subarray(9), Float32Array.of(0, 0, 0, nan, nan, nan));
      }
      const ofSum = sm.logSumExpVjp(x, dlse, warm);
      same(ofSum, Float32Array.of(0, 0, 0, 0, 0, 0, 3 * third, 3 * third, 3 * third, 0, 0, 0, nan, nan, nan));
      // In any layout, from a Resident, into it, and with scores below a threshold.
      using scores = sm.resident(x);
      same(sm.softmaxVjp(sm.softmax(x, warm), dy, { ...warm, x: scores }), softmax);
      same(scores.read(), x);
      same(sm.softmaxVjp(sm.softmax(x, warm), dy, { ...warm, x: scores, out: scores }).read(), softmax);
    }
    const across = { dims: [3, 2], axis: 0, maskBelow: -9, emptyRow: "uniform" } as const;
    const columns = [1, -10, 2, -11, 3, -12];
    const dx = sm.softmaxVjp(sm.softmax(columns, across), [1, 1, 2, 2, 3, 4], { ...across, x: columns });
    assert.deepEqual(
      Array.from(dx, (v) => v !== 0),
      [true, false, true, false, true, false],
    );
  });

  test("logSumExpVjp of ones is softmax, divided by the temperature", () =>
    holds(fc.tuple(pair, temperature), ([{ rows, cols, x }, t]) => {
      const options = { cols, temperature: t };
      near(
        sm.logSumExpVjp(x, new Float32Array(rows).fill(1), options),
        sm.softmax(x, options).map((v) => v / t),
        4,
      );
    }));
});

describe("states", () => {
  test("of pieces, split anywhere, are the state of the whole", () =>
    holds(fc.tuple(row, fc.nat(), temperature), ([x, at, t]) => {
      const cut = at % (x.length + 1);
      const [head, tail] = [x.subarray(0, cut), x.subarray(cut)];
      const options = { dims: [1, cut], temperature: t };
      const rest = { dims: [1, x.length - cut], temperature: t };
      const first = sm.softmaxStateFold(head, options);
      const state = sm.softmaxStateFold(tail, { ...rest, state: first });
      const merged = sm.softmaxStateMerge(sm.softmaxStateFold(tail, rest), first);
      same(merged, state);
      const whole = sm.softmaxStateFold(x, { temperature: t });
      near(state.peak, whole.peak, 1);
      near(state.total, whole.total, 24);
      near(sm.softmaxStateRead(state), sm.logSumExp(x, { temperature: t }), 16, 16);
      const y = Float32Array.of(
        ...sm.softmaxStateApply(head, state, options),
        ...sm.softmaxStateApply(tail, state, rest),
      );
      near(y, sm.softmax(x, { temperature: t }), 32);
    }));

  test("merge with nothing to themselves", () =>
    holds(row, (x) => {
      const state = sm.softmaxStateFold(x);
      const nothing = { peak: Float32Array.of(-Infinity), total: Float32Array.of(0) };
      same(sm.softmaxStateMerge(state, nothing), state);
      same(sm.softmaxStateMerge(nothing, nothing), nothing);
      same(sm.softmaxStateMerge(state, nothing, { out: state }), state);
    }));
});
