// Losses as callers meet them: what they give back, wrong calls and the sentences they get, and what is true of all rows.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { load } from "softmax-wasm";
import { bits } from "./samples.js";

const sm = await load();
sm.softmax([1]);
const wrong = (value: unknown) => value as never;
const x = Float32Array.of(1, 2, 3, 4, 5, 6);
const y = [0, 2];
const cols = { cols: 3 };
const { NaN: nan } = Number;
const inf = Infinity;

type Case = [message: string, call: () => unknown];
const typeErrors: Case[] = [
  ["klDivergence: reverse is 1; it is true or false", () => sm.klDivergence(x, x, { ...cols, reverse: wrong(1) })],
  [
    "crossEntropy: logits is null; it is a Float32Array, Float16Array, number[], Float64Array, Resident or tensor { data, dims }",
    () => sm.crossEntropy(wrong(null), y),
  ],
  [
    "crossEntropy: targets is Map; it is a Float32Array, Float16Array, number[], Float64Array, Resident or tensor { data, dims }",
    () => sm.crossEntropy(x, wrong(new Map()), cols),
  ],
  ['crossEntropy: targets[1] is "2"; it is a whole number', () => sm.crossEntropy(x, wrong([0, "2"]), cols)],
  ["crossEntropy: options is 3; it is an object such as { cols: 10 }", () => sm.crossEntropy(x, y, wrong(3))],
  ["crossEntropyVjp: options is 3; it is an object such as { cols: 10 }", () => sm.crossEntropyVjp(x, y, 1, wrong(3))],
  [
    'crossEntropy: labelSmoothing is "0"; it is a number from 0 to 1',
    () => sm.crossEntropy(x, y, { ...cols, labelSmoothing: wrong("0") }),
  ],
  [
    "crossEntropy: zLoss is null; it is a number from 0, and finite",
    () => sm.crossEntropy(x, y, { ...cols, zLoss: wrong(null) }),
  ],
  [
    "crossEntropy: ignoreIndex is null; it is a whole number",
    () => sm.crossEntropy(x, y, { ...cols, ignoreIndex: wrong(null) }),
  ],
  [
    "crossEntropy: temperature is Array; it is a number above 0 and below Infinity",
    () => sm.crossEntropy(x, y, { ...cols, temperature: wrong([1, 1]) }),
  ],
  [
    "crossEntropy: weight is 3; it is a Float32Array, Float16Array, number[], Float64Array, Resident or tensor { data, dims }",
    () => sm.crossEntropy(x, y, { ...cols, weight: wrong(3) }),
  ],
  [
    "crossEntropy: gradient is Array; it is a Float32Array, Float16Array, Resident or tensor { data, dims } of floats",
    () => sm.crossEntropy(x, y, { ...cols, gradient: wrong([1]) }),
  ],
  [
    "crossEntropyVjp: out is null; it is a Float32Array, Float16Array, Resident or tensor { data, dims } of floats",
    () => sm.crossEntropyVjp(x, y, 1, { ...cols, out: wrong(null) }),
  ],
  [
    "focalLoss: targets is Float32Array; it is an Int32Array, number[], BigInt64Array or tensor of classes",
    () => sm.focalLoss(x, wrong(x), cols),
  ],
  [
    "logProbability: actions is null; it is an Int32Array, number[], BigInt64Array or tensor of classes",
    () => sm.logProbability(x, wrong(null), cols),
  ],
];
const rangeErrors: Case[] = [
  ["crossEntropy: logits holds 6 values, which do not fill rows of 4", () => sm.crossEntropy(x, y, { cols: 4 })],
  ["crossEntropy: targets holds 3 values, the number of rows is 2", () => sm.crossEntropy(x, [0, 1, 2], cols)],
  ["crossEntropy: targets holds 2 values, logits 6", () => sm.crossEntropy(x, Float32Array.of(0, 1), cols)],
  ...[-1, 3, 1.5, nan, inf, 2 ** 32].map(
    (one): Case => [
      `crossEntropy: targets[1] is ${one}; it is a class from 0 to 2, or ignoreIndex, -100`,
      () => sm.crossEntropy(x, [0, one], { ...cols, gradient: x }),
    ],
  ),
  [
    "crossEntropy: targets[0] is 4294967296; it is a class from 0 to 2, or ignoreIndex, -100",
    () => sm.crossEntropy(x, BigInt64Array.of(4294967296n, 0n), cols),
  ],
  [
    "crossEntropy: targets[1] is -100; it is a class from 0 to 2, or ignoreIndex, 7",
    () => sm.crossEntropy(x, [0, -100], { ...cols, ignoreIndex: 7 }),
  ],
  [
    "crossEntropy: ignoreIndex is 0.5; it is a whole number",
    () => sm.crossEntropy(x, y, { ...cols, ignoreIndex: 0.5 }),
  ],
  ...[-0.1, 1.1, nan].map(
    (one): Case => [
      `crossEntropy: labelSmoothing is ${one}; it is a number from 0 to 1`,
      () => sm.crossEntropy(x, y, { ...cols, labelSmoothing: one }),
    ],
  ),
  ...[-1, nan, inf, 1e39].map(
    (one): Case => [
      `crossEntropy: zLoss is ${one}; it is a number from 0, and finite`,
      () => sm.crossEntropy(x, y, { ...cols, zLoss: one }),
    ],
  ),
  ...[0, -1, nan, inf].map(
    (one): Case => [
      `entropy: temperature is ${one}; it is a number above 0 and below Infinity`,
      () => sm.entropy(x, { ...cols, temperature: one }),
    ],
  ),
  [
    "crossEntropy: weight holds 2 values, the number of classes is 3",
    () => sm.crossEntropy(x, y, { ...cols, weight: [1, 2] }),
  ],
  [
    "crossEntropy: weight[1] is -1; it is a number from 0 on",
    () => sm.crossEntropy(x, y, { ...cols, weight: [1, -1, 1] }),
  ],
  [
    "crossEntropy: weight[2] is NaN; it is a number from 0 on",
    () => sm.crossEntropy(x, y, { ...cols, weight: [1, 1, nan] }),
  ],
  [
    'crossEntropy: reduction is "all"; it is one of "mean", "sum", "none"',
    () => sm.crossEntropy(x, y, { ...cols, reduction: wrong("all") }),
  ],
  [
    'crossEntropy: emptyMean is 0; it is one of "nan", "zero"',
    () => sm.crossEntropy(x, y, { ...cols, emptyMean: wrong(0) }),
  ],
  [
    "crossEntropy: targets[1] is 2, a class that the mask removes",
    () => sm.crossEntropy(x, y, { ...cols, mask: Uint8Array.of(1, 1, 0), maskedTarget: "throw" }),
  ],
  [
    "crossEntropy: targets[1] is 1, a class that the mask removes",
    () =>
      sm.crossEntropy(x, [0, 1], {
        dims: [3, 2],
        axis: 0,
        mask: Uint8Array.of(1, 1, 1, 0, 1, 1),
        maskedTarget: "throw",
      }),
  ],
  [
    "crossEntropy: gradient holds 5 values, the result 6",
    () => sm.crossEntropy(x, y, { ...cols, gradient: new Float32Array(5) }),
  ],
  ["crossEntropyVjp: dloss holds 2 values, the loss has 1", () => sm.crossEntropyVjp(x, y, [1, 2], cols)],
  [
    "crossEntropyVjp: dloss holds 1 values, the loss has 2",
    () => sm.crossEntropyVjp(x, y, 1, { ...cols, reduction: "none" }),
  ],
  ...[0, -1, nan, inf].map(
    (one): Case => [
      `entmaxLoss: alpha is ${one}; it is a number above 0 and below Infinity`,
      () => sm.entmaxLoss(x, y, { ...cols, alpha: one }),
    ],
  ),
  ["focalLoss: gamma is -1; it is a number from 0, and finite", () => sm.focalLoss(x, y, { ...cols, gamma: -1 })],
  ["klDivergence: targets holds 2 values, logits 6", () => sm.klDivergence(x, y, cols)],
  [
    'klDivergence: target is "logits"; it is one of "probabilities", "scores"',
    () => sm.klDivergence(x, x, { ...cols, target: wrong("logits") }),
  ],
  [
    "binaryCrossEntropy: posWeight holds 2 values, the length of a row is 3",
    () => sm.binaryCrossEntropy(x, x, { ...cols, posWeight: [1, 1] }),
  ],
  ["logProbability: actions[0] is -100; it is a class from 0 to 2", () => sm.logProbability(x, [-100, 0], cols)],
  ["policyGradient: advantages holds 1 values, the number of rows is 2", () => sm.policyGradient(x, y, [1], cols)],
  [
    "policyGradient: entropyBonus is NaN; it is a number from 0, and finite",
    () => sm.policyGradient(x, y, y, { ...cols, entropyBonus: nan }),
  ],
];

for (const [name, cases] of [
  ["TypeError", typeErrors],
  ["RangeError", rangeErrors],
] as const) {
  describe(name, () => {
    for (const [message, call] of cases) {
      test(message, () => {
        const before = sm.liveBytes();
        assert.throws(call, { name, message });
        assert.deepEqual(x, Float32Array.of(1, 2, 3, 4, 5, 6));
        assert.equal(sm.liveBytes(), before);
      });
    }
  });
}

test("a gradient may overlap no input in part", () => {
  const all = new Float32Array(7);
  assert.throws(() => sm.crossEntropy(all.subarray(0, 6), y, { ...cols, gradient: all.subarray(1) }), {
    name: "RangeError",
    message: "crossEntropy: gradient overlaps an input in part; it is the input itself, or memory of its own",
  });
});

describe("crossEntropy", () => {
  const expected = Float32Array.of(Math.log(1 + Math.exp(1) + Math.exp(2)), Math.log(1 + Math.exp(-1) + Math.exp(-2)));
  const near = (a: number, b: number) => assert.ok(Math.abs(a - b) <= 1e-6 * Math.abs(b), `${a} and ${b}`);

  test("reduces as asked", () => {
    const each = sm.crossEntropy(x, y, { ...cols, reduction: "none" });
    for (const r of [0, 1]) near(each[r]!, expected[r]!);
    near(sm.crossEntropy(x, y, { ...cols, reduction: "sum" }), expected[0]! + expected[1]!);
    near(sm.crossEntropy(x, y, cols), (expected[0]! + expected[1]!) / 2);
    near(sm.crossEntropy(x, y, { ...cols, weight: [3, 9, 1] }), (3 * expected[0]! + expected[1]!) / 4);
    assert.equal(sm.crossEntropy(x, [0, -100], { ...cols, reduction: "none" })[1], 0);
    near(sm.crossEntropy(x, [0, 2], { ...cols, ignoreIndex: 2 }), expected[0]!);
    assert.equal(sm.crossEntropy(x, [-100, -100], cols), nan);
    assert.equal(sm.crossEntropy(x, [-100, -100], { ...cols, emptyMean: "zero" }), 0);
    assert.equal(sm.crossEntropy([], [], { cols: 3 }), nan);
    assert.equal(sm.crossEntropy([], [], { cols: 3, reduction: "sum" }), 0);
  });

  test("takes classes and soft targets of every kind", () => {
    const wanted = sm.crossEntropy(x, y, cols);
    const kinds = [
      Int32Array.from(y),
      Uint8Array.from(y),
      BigInt64Array.from(y.map(BigInt)),
      { data: Int32Array.from(y), dims: [2] },
    ];
    for (const kind of kinds) assert.equal(sm.crossEntropy(x, kind, cols), wanted);
    const hot = [1, 0, 0, 0, 0, 1];
    for (const soft of [
      hot,
      Float32Array.from(hot),
      Float64Array.from(hot),
      { data: Float32Array.from(hot), dims: [2, 3] },
      sm.resident(hot),
    ]) {
      near(sm.crossEntropy(x, soft, cols), wanted);
    }
    assert.equal(sm.crossEntropy([5], [0], { cols: 1 }), 0);
  });

  test("gives the gradient where it is wanted, the same bits everywhere", () => {
    const { loss, gradient } = sm.crossEntropy(x, y, { ...cols, gradient: true });
    assert.equal(loss, sm.crossEntropy(x, y, cols));
    assert.deepEqual(bits(sm.crossEntropyVjp(x, y, 1, cols)), bits(gradient));
    const own = x.slice();
    const both = sm.crossEntropy(own, y, { ...cols, gradient: own });
    assert.equal(both.gradient, own);
    assert.equal(both.loss, loss);
    assert.deepEqual(bits(own), bits(gradient));
    const [r, out] = [sm.resident(x), sm.resident(6)];
    assert.equal(sm.crossEntropy(r, y, { ...cols, gradient: out }).gradient, out);
    assert.deepEqual(bits(out.read()), bits(gradient));
    assert.deepEqual(r.read(), x);
    assert.deepEqual(bits(sm.crossEntropy(r, y, { ...cols, gradient: true }).gradient), bits(gradient));
    assert.equal(sm.crossEntropy(r, y, { ...cols, gradient: r }).loss, loss);
    assert.deepEqual(bits(r.read()), bits(gradient));
    r.free();
    out.free();
    const tensor = { data: x, dims: [2, 3] };
    const of = sm.crossEntropy(tensor, y, { reduction: "none", gradient: true });
    assert.deepEqual(of.loss, { data: sm.crossEntropy(x, y, { ...cols, reduction: "none" }), dims: [2] });
    assert.deepEqual(of.gradient.dims, [2, 3]);
    const across = sm.crossEntropy(Float32Array.of(1, 4, 2, 5, 3, 6), y, { dims: [3, 2], axis: 0, gradient: true });
    assert.equal(across.loss, loss);
    assert.deepEqual(
      across.gradient,
      Float32Array.from([0, 3, 1, 4, 2, 5], (i) => gradient[i]!),
    );
  });

  test("of a masked class is infinite", () => {
    const mask = Uint8Array.of(1, 1, 0);
    assert.deepEqual(sm.crossEntropy(x, y, { ...cols, mask, reduction: "none" })[1], inf);
    assert.equal(sm.crossEntropyVjp(x, y, 1, { ...cols, mask })[5], 0);
  });
});

describe("properties", () => {
  const rows = fc.integer({ min: 1, max: 70 }).chain((n) =>
    fc.record({
      x: fc
        .array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 3 * n, maxLength: 3 * n })
        .map((a) => Float32Array.from(a)),
      y: fc.array(fc.nat(n - 1), { minLength: 3, maxLength: 3 }),
      cols: fc.constant(n),
    }),
  );
  const holds = (property: (one: { x: Float32Array; y: number[]; cols: number }) => void) =>
    fc.assert(fc.property(rows, property), { numRuns: 100 });
  const sums = (g: Float32Array, cols: number) =>
    [0, 1, 2].map((r) => g.subarray(r * cols, (r + 1) * cols).reduce((a, b) => a + b, 0));

  test("the gradient of every loss that sees only differences of scores sums to 0 over a row", () =>
    holds(({ x, y, cols }) => {
      const options = { cols, reduction: "sum" } as const;
      const q = sm.softmax(x.slice().reverse(), { cols });
      for (const g of [
        sm.crossEntropyVjp(x, y, 1, options),
        sm.crossEntropyVjp(x, y, 1, { ...options, labelSmoothing: 0.2 }),
        sm.crossEntropyVjp(x, q, 1, options),
        sm.focalLossVjp(x, y, 1, options),
        sm.klDivergenceVjp(x, q, 1, options),
        sm.logProbabilityVjp(x, y, 1, options),
        sm.sparsemaxLossVjp(x, y, 1, options),
        sm.entmaxLossVjp(x, y, 1, options),
      ]) {
        for (const sum of sums(g, cols)) assert.ok(Math.abs(sum) <= 2e-6, `${sum}`);
      }
    }));

  test("losses are at least 0; cross-entropy is divergence and entropy", () =>
    holds(({ x, y, cols }) => {
      const options = { cols, reduction: "none" } as const;
      const q = sm.softmax(x.slice().reverse(), { cols });
      const [ce, kl] = [sm.crossEntropy(x, q, options), sm.klDivergence(x, q, options)];
      const h = sm.entropy(x.slice().reverse(), options);
      for (let r = 0; r < 3; r++) {
        assert.ok(ce[r]! >= 0 && h[r]! >= 0 && h[r]! <= Math.log(cols) * (1 + 1e-6) && kl[r]! >= -2e-6);
        assert.ok(Math.abs(ce[r]! - kl[r]! - h[r]!) <= 4e-6 * (1 + ce[r]!), `${ce[r]} ${kl[r]} ${h[r]}`);
      }
      sm.focalLoss(x, y, options).forEach((v, r) => {
        const whole = sm.crossEntropy(x, y, options)[r]!;
        assert.ok(v >= 0 && v <= whole * (1 + 1e-6));
      });
    }));

  test("policyGradient is made of logProbability and entropy", () =>
    holds(({ x, y, cols }) => {
      const options = { cols, reduction: "none" } as const;
      const gains = [2, -1, 0.5];
      const [log, h] = [sm.logProbability(x, y, options), sm.entropy(x, options)];
      sm.policyGradient(x, y, gains, { ...options, entropyBonus: 0.3 }).forEach((v, r) => {
        const wanted = -gains[r]! * log[r]! - 0.3 * h[r]!;
        assert.ok(Math.abs(v - wanted) <= 1e-5 * (1 + Math.abs(log[r]!)), `${v} and ${wanted}`);
      });
    }));
});
