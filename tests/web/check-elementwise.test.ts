// Wrong calls of activations, of gradients with masks and of what draws random numbers, and the sentences they get.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load } from "softmax-wasm";

const sm = await load();
const wrong = (value: unknown) => value as never;
const x = Float32Array.of(1, 2, 3, 4, 5, 6);

/** The sentence, and a call that earns it. The kind of error is said by the heading. */
type Case = [message: string, call: () => unknown];

const kinds = "it is a Float32Array, Float16Array, number[], Float64Array, Resident or tensor { data, dims }";
const whole = "it is a whole number from 0 to 2147483647";
const seedIs = "it is a whole number from 0 to 9007199254740991, or a bigint from 0n to 18446744073709551615n";

const typeErrors: Case[] = [
  // Activations.
  [`sigmoid: x is null; ${kinds}`, () => sm.sigmoid(wrong(null))],
  [`sigmoidVjp: y is 3; ${kinds}`, () => sm.sigmoidVjp(wrong(3), x)],
  [`geluVjp: x is 3; ${kinds}`, () => sm.geluVjp(wrong(3), x)],
  [`siluVjp: dy is null; ${kinds}`, () => sm.siluVjp(x, wrong(null))],
  ["tanh: options is 3; it is an object such as { cols: 10 }", () => sm.tanh(x, wrong(3))],
  ["gelu: options is null; it is an object such as { cols: 10 }", () => sm.gelu(x, wrong(null))],
  ["leakyReluVjp: options is 3; it is an object such as { cols: 10 }", () => sm.leakyReluVjp(x, x, wrong(3))],
  ['leakyRelu: slope is "1"; it is a finite number', () => sm.leakyRelu(x, { slope: wrong("1") })],
  ["leakyReluVjp: slope is null; it is a finite number", () => sm.leakyReluVjp(x, x, { slope: wrong(null) })],
  [
    "relu: out is Array; it is a Float32Array, Float16Array, Resident or tensor { data, dims } of floats",
    () => sm.relu(x, { out: wrong([1]) }),
  ],
  // Noise.
  ...(
    [
      ["undefined", undefined],
      ["null", null],
      ['"1"', "1"],
      ["Array", [1]],
    ] as const
  ).map(
    ([name, seed]): Case => [`gumbelNoise: seed is ${name}; ${seedIs}`, () => sm.gumbelNoise(3, { seed: wrong(seed) })],
  ),
  [`gumbelSoftmax: seed is undefined; ${seedIs}`, () => sm.gumbelSoftmax(x, {})],
  [`gumbelSoftmax: stream is null; ${seedIs}`, () => sm.gumbelSoftmax(x, { seed: 1, stream: wrong(null) })],
  [
    'gumbelNoise: firstRow is "1"; it is a whole number from 0 to 2147483647',
    () => sm.gumbelNoise(3, { seed: 1, firstRow: wrong("1") }),
  ],
  [
    "gumbelNoise: options is undefined; it is an object such as { cols: 10 }",
    () => sm.gumbelNoise(3, wrong(undefined)),
  ],
  [
    "gumbelNoise: length is null; it is a whole number, or { rows, cols }",
    () => sm.gumbelNoise(wrong(null), { seed: 1 }),
  ],
  [
    "gumbelNoise: cols is undefined; it is a whole number from 0 to 2147483647",
    () => sm.gumbelNoise(wrong({ rows: 1 }), { seed: 1 }),
  ],
  [`gumbelSoftmax: noise is null; ${kinds}`, () => sm.gumbelSoftmax(x, { noise: wrong(null) })],
  ["gumbelSoftmax: hard is 1; it is true or false", () => sm.gumbelSoftmax(x, { seed: 1, hard: wrong(1) })],
  [
    "gumbelSoftmax: soft is Array; it is a Float32Array, Float16Array, Resident or tensor { data, dims } of floats",
    () => sm.gumbelSoftmax(x, { seed: 1, hard: true, soft: wrong([1]) }),
  ],
];

const rangeErrors: Case[] = [
  // Activations.
  ["sigmoid: x holds 6 values, dims [2, 4] need 8", () => sm.sigmoid({ data: x, dims: [2, 4] })],
  ["tanhVjp: y holds 6 values, dims [7] need 7", () => sm.tanhVjp({ data: x, dims: [7] }, x)],
  ["tanhVjp: dy holds 5 values, y 6", () => sm.tanhVjp(x, x.subarray(1))],
  ["siluVjp: dy holds 5 values, x 6", () => sm.siluVjp(x, x.subarray(1))],
  ["softplus: out holds 5 values, the result 6", () => sm.softplus(x, { out: new Float32Array(5) })],
  ...[Number.NaN, Infinity, -Infinity].map(
    (slope): Case => [`leakyRelu: slope is ${slope}; it is a finite number`, () => sm.leakyRelu(x, { slope })],
  ),
  ['gelu: approximate is "erf"; it is one of "none", "tanh"', () => sm.gelu(x, { approximate: wrong("erf") })],
  ['geluVjp: approximate is true; it is one of "none", "tanh"', () => sm.geluVjp(x, x, { approximate: wrong(true) })],
  // Noise.
  ...([-1, 1.5, Number.NaN, Infinity, 2 ** 53] as const).flatMap((n): Case[] => [
    [`gumbelNoise: seed is ${n}; ${seedIs}`, () => sm.gumbelNoise(3, { seed: n })],
    [`gumbelSoftmax: stream is ${n}; ${seedIs}`, () => sm.gumbelSoftmax(x, { seed: 0, stream: n })],
  ]),
  [`gumbelNoise: seed is -1n; ${seedIs}`, () => sm.gumbelNoise(3, { seed: -1n })],
  [`gumbelNoise: seed is 18446744073709551616n; ${seedIs}`, () => sm.gumbelNoise(3, { seed: 2n ** 64n })],
  [`gumbelNoise: length is -1; ${whole}`, () => sm.gumbelNoise(-1, { seed: 1 })],
  [`gumbelNoise: firstRow is 0.5; ${whole}`, () => sm.gumbelNoise(3, { seed: 1, firstRow: 0.5 })],
  [
    "gumbelNoise: 65536 rows of 65536 are more than 2147483647 numbers",
    () => sm.gumbelNoise({ rows: 65536, cols: 65536 }, { seed: 1 }),
  ],
  ["gumbelNoise: out holds 2 values, the result 3", () => sm.gumbelNoise(3, { seed: 1, out: new Float32Array(2) })],
  [
    "gumbelSoftmax: seed and noise are both given; one of them says the noise",
    () => sm.gumbelSoftmax(x, { seed: 1, noise: x }),
  ],
  ["gumbelSoftmax: noise holds 5 values, x 6", () => sm.gumbelSoftmax(x, { noise: x.subarray(1) })],
  [
    "gumbelSoftmax: noise[1] is Infinity; it is a finite number",
    () => sm.gumbelSoftmax([1, 2], { noise: [1, Infinity] }),
  ],
  ["gumbelSoftmax: noise[0] is NaN; it is a finite number", () => sm.gumbelSoftmax([1, 2], { noise: [Number.NaN, 1] })],
  [
    "gumbelSoftmax: temperature is 0; without hard it is above 0",
    () => sm.gumbelSoftmax(x, { cols: 3, seed: 1, temperature: [1, 0] }),
  ],
  [
    "gumbelSoftmax: soft is given without hard; the result itself is soft",
    () => sm.gumbelSoftmax(x, { seed: 1, soft: new Float32Array(6) }),
  ],
  [
    "gumbelSoftmax: soft holds 5 values, the result 6",
    () => sm.gumbelSoftmax(x, { seed: 1, hard: true, soft: new Float32Array(5) }),
  ],
  [
    "gumbelSoftmax: soft lies over x; it is memory of its own",
    () => sm.gumbelSoftmax(x, { seed: 1, hard: true, soft: x }),
  ],
  [
    "gumbelSoftmax: soft lies over out; it is memory of its own",
    () => {
      const both = new Float32Array(8);
      sm.gumbelSoftmax(x, { seed: 1, hard: true, out: both.subarray(0, 6), soft: both.subarray(2) });
    },
  ],
  [
    "gumbelSoftmax: row 0 has no candidate: every score is masked or -Infinity",
    () => sm.gumbelSoftmax([-Infinity], { seed: 1, emptyRow: "throw" }),
  ],
];

for (const [name, cases] of [
  ["TypeError", typeErrors],
  ["RangeError", rangeErrors],
] as const) {
  describe(name, () => {
    for (const [message, call] of cases) {
      test(message, () => {
        assert.throws(call, { name, message });
        assert.deepEqual(x, Float32Array.of(1, 2, 3, 4, 5, 6));
        assert.deepEqual(sm.sigmoid([0]), Float32Array.of(0.5), "the instance goes on");
      });
    }
  });
}

test("a call that fails writes nothing", () => {
  const before = sm.liveBytes();
  const [out, soft] = [new Float32Array(6).fill(7), new Float32Array(6).fill(7)];
  for (const call of [
    () => sm.sigmoid(wrong("x"), { out }),
    () => sm.leakyRelu(x, { out, slope: Infinity }),
    () => sm.geluVjp(x, [1], { out }),
    () => sm.gumbelNoise(6, { seed: -1, out }),
    () => sm.gumbelSoftmax(x, { seed: 1, hard: true, out, soft, emptyRow: "throw", mask: new Uint8Array(6) }),
    () => sm.gumbelSoftmax(x, { seed: 1, hard: true, out, soft: out }),
  ]) {
    assert.throws(call);
  }
  assert.deepEqual(out, new Float32Array(6).fill(7));
  assert.deepEqual(soft, new Float32Array(6).fill(7));
  assert.equal(sm.liveBytes(), before);
});

test("what is allowed is not refused", () => {
  assert.deepEqual(sm.sigmoid([]), new Float32Array(0));
  assert.deepEqual(sm.sigmoid({ data: [0], dims: [] }), { data: Float32Array.of(0.5), dims: [] });
  assert.deepEqual(sm.gelu({ data: x, dims: [2, 3] }), { data: sm.gelu(x), dims: [2, 3] });
  assert.deepEqual(sm.gelu(x, { approximate: undefined }), sm.gelu(x));
  assert.equal(sm.gumbelNoise(0, { seed: 0 }).length, 0);
});

test("numbers are not errors: infinities and NaN have fixed meanings", () => {
  const { NaN: nan } = Number;
  const inf = Infinity;
  const row = (...v: number[]) => Float32Array.of(...v);
  assert.deepEqual(sm.sigmoid([-inf, 0, inf, nan]), row(0, 0.5, 1, nan));
  assert.deepEqual(sm.logSigmoid([-inf, -100, inf, nan]), row(-inf, -100, -0, nan));
  assert.deepEqual(sm.softplus([-inf, 100, inf, nan]), row(0, 100, inf, nan));
  assert.deepEqual(sm.tanh([-inf, inf, nan]), row(-1, 1, nan));
  assert.deepEqual(sm.relu([-inf, -1, inf, nan]), row(0, 0, inf, nan));
  assert.deepEqual(sm.leakyRelu([-inf, -1, inf, nan], { slope: 0.5 }), row(-inf, -0.5, inf, nan));
  assert.deepEqual(sm.silu([-inf, inf, nan]), row(-0, inf, nan));
  assert.deepEqual(sm.gelu([-inf, inf, nan]), row(-0, inf, nan));
  assert.deepEqual(sm.gelu([-inf, inf, nan], { approximate: "tanh" }), row(-0, inf, nan));
  assert.deepEqual(sm.reluVjp([-1, 0, 1], [nan, inf, 3]), row(0, 0, 3));
});
