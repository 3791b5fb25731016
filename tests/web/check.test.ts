// Every wrong call, and the sentence it gets. Nothing is written by a call that fails.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load, type SoftmaxState } from "softmax-wasm";

const sm = await load();
sm.softmax([1]);
const wrong = (value: unknown) => value as never;

const x = Float32Array.of(1, 2, 3, 4, 5, 6);
const state: SoftmaxState = { peak: Float32Array.of(1, 2), total: Float32Array.of(1, 1) };

/** The sentence, and a call that earns it. The kind of error is said by the heading. */
type Case = [message: string, call: () => unknown];

const kinds = "it is a Float32Array, Float16Array, number[], Float64Array, Resident or tensor { data, dims }";
const places = "it is a Float32Array, Float16Array, Resident or tensor { data, dims } of floats";
const typeErrors: Case[] = [
  // Scores.
  ...(
    [
      ["undefined", undefined],
      ["null", null],
      ["3", 3],
      ["3n", 3n],
      ["true", true],
      ['"1,2"', "1,2"],
      ["Symbol(s)", Symbol("s")],
      ["a function", () => 1],
      ["Object", { a: 1 }],
      ["an object", Object.create(null)],
      ["ArrayBuffer", new ArrayBuffer(8)],
      ["SharedArrayBuffer", new SharedArrayBuffer(8)],
      ["DataView", new DataView(new ArrayBuffer(8))],
      ["Int32Array", new Int32Array(2)],
      ["Uint8ClampedArray", new Uint8ClampedArray(2)],
      ["BigInt64Array", new BigInt64Array(2)],
      ["Int32Array", { data: new Int32Array(2), dims: [2] }],
      ["undefined", { dims: [2] }],
      ["Set", new Set([1])],
    ] as const
  ).flatMap(([name, value]): Case[] => [
    [`softmax: x is ${name}; ${kinds}`, () => sm.softmax(wrong(value))],
    [`logSumExp: x is ${name}; ${kinds}`, () => sm.logSumExp(wrong(value))],
    [`softmaxStateFold: x is ${name}; ${kinds}`, () => sm.softmaxStateFold(wrong(value))],
    [`softmaxVjp: dy is ${name}; ${kinds}`, () => sm.softmaxVjp(x, wrong(value))],
    [`logSumExpVjp: dlse is ${name}; ${kinds}`, () => sm.logSumExpVjp(x, wrong(value))],
    ...(typeof value === "number"
      ? []
      : [[`resident: data is ${name}; ${kinds}`, () => sm.resident(wrong(value))] as Case]),
  ]),
  ['softmax: x[1] is "2"; it is a number', () => sm.softmax(wrong([1, "2"]))],
  ["softmax: x[1] is 2n; it is a number", () => sm.softmax(wrong([1, 2n]))],
  ["softmax: x[1] is undefined; it is a number", () => sm.softmax(wrong(Object.assign([1], { 2: 3 })))],
  ["softmax: x[0] is Array; it is a number", () => sm.softmax(wrong([[1, 2]]))],
  [`softmaxVjp: y is null; ${kinds}`, () => sm.softmaxVjp(wrong(null), x)],
  [`logSoftmaxVjp: x is null; ${kinds}`, () => sm.logSoftmaxVjp(x, x, { x: wrong(null) })],
  ["softmaxVjp: mask is Array; it is a Uint8Array, 1 = keep", () => sm.softmaxVjp(x, x, { x, mask: wrong([1]) })],
  [`softmaxStateApply: x is null; ${kinds}`, () => sm.softmaxStateApply(wrong(null), state)],
  // Options.
  ...(["softmax", "logSoftmax", "logSumExp", "softmaxStateFold"] as const).flatMap((op): Case[] => [
    [`${op}: options is 10; it is an object such as { cols: 10 }`, () => sm[op](x, wrong(10))],
    [`${op}: options is null; it is an object such as { cols: 10 }`, () => sm[op](x, wrong(null))],
  ]),
  ["softmaxVjp: options is 3; it is an object such as { cols: 10 }", () => sm.softmaxVjp(x, x, wrong(3))],
  ["logSumExpVjp: options is 3; it is an object such as { cols: 10 }", () => sm.logSumExpVjp(x, [1], wrong(3))],
  [
    "softmaxStateMerge: options is 3; it is an object such as { cols: 10 }",
    () => sm.softmaxStateMerge(state, state, wrong(3)),
  ],
  ["softmaxStateRead: options is 3; it is an object such as { cols: 10 }", () => sm.softmaxStateRead(state, wrong(3))],
  [
    "softmaxStateApply: options is 3; it is an object such as { cols: 10 }",
    () => sm.softmaxStateApply(x, state, wrong(3)),
  ],
  // Shapes.
  ['softmax: cols is "3"; it is a whole number from 0 to 2147483647', () => sm.softmax(x, { cols: wrong("3") })],
  ["softmax: cols is 3n; it is a whole number from 0 to 2147483647", () => sm.softmax(x, { cols: wrong(3n) })],
  ["softmax: cols is null; it is a whole number from 0 to 2147483647", () => sm.softmax(x, { cols: wrong(null) })],
  ["softmax: dims is 6; it is an array of whole numbers", () => sm.softmax(x, { dims: wrong(6) })],
  ['softmax: dims is "23"; it is an array of whole numbers', () => sm.softmax(x, { dims: wrong("23") })],
  [
    "softmax: dims is DataView; it is an array of whole numbers",
    () => sm.softmax({ data: x, dims: wrong(new DataView(new ArrayBuffer(8))) }),
  ],
  ["softmax: dims[1] is 3n; it is a whole number from 0 to 2147483647", () => sm.softmax(x, { dims: wrong([2, 3n]) })],
  [
    "softmax: dims[0] is 2n; it is a whole number from 0 to 2147483647",
    () => sm.softmax({ data: x, dims: wrong(BigInt64Array.of(2n, 3n)) }),
  ],
  ['softmax: axis is "1"; it is a whole number from -2 to 1', () => sm.softmax(x, { dims: [2, 3], axis: wrong("1") })],
  [
    "softmax: axis is null; it is a whole number from -2 to 1",
    () => sm.softmax(x, { dims: [2, 3], axis: wrong(null) }),
  ],
  // Temperatures, masks, thresholds, counters.
  [
    'softmax: temperature is "1"; it is a number, or one number per row',
    () => sm.softmax(x, { temperature: wrong("1") }),
  ],
  [
    "softmax: temperature is null; it is a number, or one number per row",
    () => sm.softmax(x, { temperature: wrong(null) }),
  ],
  [
    "softmax: temperature is 1n; it is a number, or one number per row",
    () => sm.softmax(x, { temperature: wrong(1n) }),
  ],
  [
    "softmax: temperature is DataView; it is a number, or one number per row",
    () => sm.softmax(x, { temperature: wrong(new DataView(x.buffer)) }),
  ],
  [
    'softmax: temperature[1] is "2"; it is a number from 0 to Infinity',
    () => sm.softmax(x, { cols: 3, temperature: wrong([1, "2"]) }),
  ],
  [
    "softmax: temperature[0] is 1n; it is a number from 0 to Infinity",
    () => sm.softmax(x, { temperature: wrong(BigInt64Array.of(1n)) }),
  ],
  ["softmax: mask is Array; it is a Uint8Array, 1 = keep", () => sm.softmax(x, { mask: wrong([1, 1, 1, 1, 1, 1]) })],
  ["softmax: mask is Float32Array; it is a Uint8Array, 1 = keep", () => sm.softmax(x, { mask: wrong(x) })],
  ["softmax: mask is null; it is a Uint8Array, 1 = keep", () => sm.softmax(x, { mask: wrong(null) })],
  [
    'softmax: maskBelow is "0"; it is a number that scores can be below',
    () => sm.softmax(x, { maskBelow: wrong("0") }),
  ],
  [
    "softmax: maskBelow is null; it is a number that scores can be below",
    () => sm.softmax(x, { maskBelow: wrong(null) }),
  ],
  [
    "softmax: stats is 5; it is an object that receives { nanRows, emptyRows }",
    () => sm.softmax(x, { stats: wrong(5) }),
  ],
  [
    "softmax: stats is null; it is an object that receives { nanRows, emptyRows }",
    () => sm.softmax(x, { stats: wrong(null) }),
  ],
  // Places for results.
  ...(["null", "Array", "Float64Array", "Uint8Array", "ArrayBuffer"] as const).map(
    (name, i): Case => [
      `softmax: out is ${name}; ${places}`,
      () =>
        sm.softmax(x, { out: wrong([null, [1, 2], new Float64Array(6), new Uint8Array(6), new ArrayBuffer(24)][i]) }),
    ],
  ),
  [`softmax: out is Array; ${places}`, () => sm.softmax(x, { out: wrong({ data: [1], dims: [1] }) })],
  ["read: out is Array; it is a Float32Array", () => sm.resident(1).read(wrong([0]))],
  [`write: data is null; ${kinds}`, () => sm.resident(1).write(wrong(null))],
  [`write: data is "1"; ${kinds}`, () => sm.resident(1).write(wrong("1"))],
  [`write: data is Int32Array; ${kinds}`, () => sm.resident(1).write(wrong(new Int32Array(1)))],
  // States.
  ["softmaxStateRead: state is null; it is a state { peak, total }", () => sm.softmaxStateRead(wrong(null))],
  ["softmaxStateRead: state.peak is undefined; it is a Float32Array", () => sm.softmaxStateRead(wrong(x))],
  [
    "softmaxStateRead: state.total is Array; it is a Float32Array",
    () => sm.softmaxStateRead(wrong({ peak: x, total: [1] })),
  ],
  [
    "softmaxStateMerge: b is undefined; it is a state { peak, total }",
    () => sm.softmaxStateMerge(state, wrong(undefined)),
  ],
  [
    "softmaxStateMerge: out.peak is undefined; it is a Float32Array",
    () => sm.softmaxStateMerge(state, state, { out: wrong({}) }),
  ],
  [
    "softmaxStateFold: state is 1; it is a state { peak, total }",
    () => sm.softmaxStateFold(x, { cols: 3, state: wrong(1) }),
  ],
  [
    "softmaxStateApply: state is undefined; it is a state { peak, total }",
    () => sm.softmaxStateApply(x, wrong(undefined), { cols: 3 }),
  ],
];

const whole = "it is a whole number from 0 to 2147483647";
const rangeErrors: Case[] = [
  // Sizes.
  ...[-1, 1.5, Number.NaN, Infinity, 2 ** 31, 2 ** 32 + 3, 2 ** 53].flatMap((n): Case[] => [
    [`softmax: cols is ${n}; ${whole}`, () => sm.softmax(x, { cols: n })],
    [`logSoftmaxVjp: cols is ${n}; ${whole}`, () => sm.logSoftmaxVjp(x, x, { cols: n })],
    [`logSumExp: dims[1] is ${n}; ${whole}`, () => sm.logSumExp(x, { dims: [2, n] })],
    [`softmax: dims[0] is ${n}; ${whole}`, () => sm.softmax({ data: x, dims: [n] })],
  ]),
  ...[-1, 1.5, Number.NaN, Infinity, 2 ** 30, 2 ** 32 + 3, 2 ** 53].map(
    (n): Case => [`resident: length is ${n}; it is a whole number from 0 to 1073741823`, () => sm.resident(n)],
  ),
  ["softmax: x holds 6 values, which do not fill rows of 4", () => sm.softmax(x, { cols: 4 })],
  ["softmax: x holds 6 values, which do not fill rows of 0", () => sm.softmax(x, { cols: 0 })],
  ["softmax: x holds 6 values, which do not fill rows of 7", () => sm.softmax(x, { cols: 7 })],
  ["softmax: x holds 6 values, dims [2, 4] need 8", () => sm.softmax(x, { dims: [2, 4] })],
  ["softmax: x holds 6 values, dims [65536, 65536, 0] need 0", () => sm.softmax(x, { dims: [65536, 65536, 0] })],
  // 2³², which is 0 in 32 bits.
  ["softmax: x holds 0 values, dims [65536, 65536] need 4294967296", () => sm.softmax([], { dims: [65536, 65536] })],
  ["softmaxVjp: y holds 6 values, dims [7] need 7", () => sm.softmaxVjp({ data: x, dims: [7] }, x)],
  ["softmax: cols and dims are both given; one of them says the shape", () => sm.softmax(x, { cols: 3, dims: [2, 3] })],
  ["softmax: dims is empty; rows lie along one of them", () => sm.softmax([1], { dims: [] })],
  ["softmax: axis is 1, and there are no dims that it could be of", () => sm.softmax(x, { axis: 1 })],
  ...[2, -3, 0.5, Number.NaN, Infinity].map(
    (axis): Case => [
      `softmax: axis is ${axis}; it is a whole number from -2 to 1`,
      () => sm.softmax(x, { dims: [2, 3], axis }),
    ],
  ),
  ["softmaxVjp: dy holds 5 values, y 6", () => sm.softmaxVjp(x, x.subarray(1))],
  ["softmaxVjp: x holds 5 values, dims [2, 3] need 6", () => sm.softmaxVjp(x, x, { cols: 3, x: x.subarray(1) })],
  ["logSumExpVjp: dlse holds 6 values, the number of rows is 2", () => sm.logSumExpVjp(x, x, { cols: 3 })],
  // Temperatures.
  ...[-1, -1e-30, Number.NaN, -Infinity].map(
    (t): Case => [
      `softmax: temperature is ${t}; it is a number from 0 to Infinity`,
      () => sm.softmax(x, { temperature: t }),
    ],
  ),
  ["softmaxVjp: temperature is -2; it is a number from 0 to Infinity", () => sm.softmaxVjp(x, x, { temperature: -2 })],
  [
    "softmax: temperature[1] is NaN; it is a number from 0 to Infinity",
    () => sm.softmax(x, { cols: 3, temperature: [1, Number.NaN] }),
  ],
  [
    "softmax: temperature holds 3 values, the number of rows is 2",
    () => sm.softmax(x, { cols: 3, temperature: [1, 2, 3] }),
  ],
  ["softmax: temperature holds 0 values, the number of rows is 1", () => sm.softmax(x, { temperature: [] })],
  ...[0, Infinity].flatMap((t): Case[] => [
    [
      `softmaxStateFold: temperature is ${t}; pieces merge only at temperatures above 0 and below Infinity`,
      () => sm.softmaxStateFold(x, { temperature: t }),
    ],
    [
      `softmaxStateApply: temperature is ${t}; pieces merge only at temperatures above 0 and below Infinity`,
      () => sm.softmaxStateApply(x, state, { cols: 3, temperature: [1, t] }),
    ],
  ]),
  // Masks and rules.
  [
    "softmax: mask holds 5 bytes; it holds one per score, 6, or one per entry of a row, 3",
    () => sm.softmax(x, { cols: 3, mask: new Uint8Array(5) }),
  ],
  [
    "softmax: mask holds 2 bytes; it holds one per score, 6, or one per entry of a row, 3",
    () => sm.softmax(x, { cols: 3, mask: new Uint8Array(2) }),
  ],
  [
    "softmax: maskBelow is NaN; it is a number that scores can be below",
    () => sm.softmax(x, { maskBelow: Number.NaN }),
  ],
  [
    'softmax: emptyRow is "none"; it is one of "zero", "nan", "uniform", "throw"',
    () => sm.softmax(x, { emptyRow: wrong("none") }),
  ],
  [
    'softmax: emptyRow is 0; it is one of "zero", "nan", "uniform", "throw"',
    () => sm.softmax(x, { emptyRow: wrong(0) }),
  ],
  ...["throw", "uniform"].map(
    (emptyRow): Case => [
      `softmaxStateApply: emptyRow is "${emptyRow}"; it is one of "zero", "nan"`,
      () => sm.softmaxStateApply(x, state, { cols: 3, emptyRow: wrong(emptyRow) }),
    ],
  ),
  ['softmax: infScores is null; it is one of "nan", "limit"', () => sm.softmax(x, { infScores: wrong(null) })],
  ['softmax: tie is "last"; it is one of "first", "split"', () => sm.softmax(x, { tie: wrong("last") })],
  [
    "softmax: row 1 has no candidate: every score is masked or -Infinity",
    () => sm.softmax([1, 2, -Infinity, -Infinity], { cols: 2, emptyRow: "throw" }),
  ],
  [
    "logSumExp: row 0 has no candidate: every score is masked or -Infinity",
    () => sm.logSumExp(x, { mask: new Uint8Array(6), emptyRow: "throw" }),
  ],
  [
    "logSoftmax: row 1 has no candidate: every score is masked or -Infinity",
    () => sm.logSoftmax([3, 1], { cols: 1, maskBelow: 2, emptyRow: "throw" }),
  ],
  // Places for results.
  ["softmax: out holds 5 values, the result 6", () => sm.softmax(x, { out: new Float32Array(5) })],
  ["softmax: out holds 7 values, the result 6", () => sm.softmax(x, { out: sm.resident(7) })],
  ["logSumExp: out holds 6 values, the result 2", () => sm.logSumExp(x, { cols: 3, out: new Float32Array(6) })],
  [
    "softmaxStateRead: out holds 1 values, the result 2",
    () => sm.softmaxStateRead(state, { out: new Float32Array(1) }),
  ],
  ["read: out holds 2 values, the Resident 1", () => sm.resident(1).read(new Float32Array(2))],
  ["write: data holds 2 values, the Resident 1", () => sm.resident(1).write([1, 2])],
  // States.
  [
    "softmaxStateRead: state.total holds 1 values, state.peak 2",
    () => sm.softmaxStateRead({ ...state, total: new Float32Array(1) }),
  ],
  [
    "softmaxStateMerge: b.peak holds 1 values, a.peak 2",
    () => sm.softmaxStateMerge(state, { peak: new Float32Array(1), total: new Float32Array(1) }),
  ],
  [
    "softmaxStateFold: state.peak holds 2 values, the number of rows is 3",
    () => sm.softmaxStateFold(x, { cols: 2, state }),
  ],
  [
    "softmaxStateApply: state.peak holds 2 values, the number of rows is 3",
    () => sm.softmaxStateApply(x, state, { cols: 2 }),
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
        assert.deepEqual(sm.softmax([1, 1]), Float32Array.of(0.5, 0.5), "the instance goes on");
      });
    }
  });
}

test("a call that fails writes nothing", () => {
  const before = sm.liveBytes();
  const out = new Float32Array(6).fill(7);
  const stats = { nanRows: -1, emptyRows: -1 };
  const rows = { cols: 3, out, stats };
  for (const call of [
    () => sm.softmax(wrong("x"), rows),
    () => sm.softmax([1, 2, 3, 4, 5], rows),
    () => sm.softmax(x, { ...rows, temperature: [1, -1] }),
    () => sm.softmax(x, { ...rows, mask: new Uint8Array(1) }),
    () => sm.softmax(x, { ...rows, mask: Uint8Array.of(1, 1, 1, 0, 0, 0), emptyRow: "throw" }),
    () => sm.softmax(x, { ...rows, tie: wrong(1) }),
    () => sm.logSumExpVjp(x, [1], rows),
  ]) {
    assert.throws(call);
  }
  assert.deepEqual(out, new Float32Array(6).fill(7));
  assert.deepEqual(stats, { nanRows: -1, emptyRows: -1 });
  assert.equal(sm.liveBytes(), before);
});

test("what is allowed is not refused", () => {
  assert.deepEqual(sm.softmax([]), new Float32Array(0));
  assert.deepEqual(sm.softmax([], { cols: 5 }), new Float32Array(0));
  assert.deepEqual(sm.softmax([], { dims: [0, 3] }), new Float32Array(0));
  assert.deepEqual(sm.logSumExp([], { dims: [2, 0] }), Float32Array.of(-Infinity, -Infinity));
  assert.deepEqual(sm.softmax(Float64Array.of(1, 1)), Float32Array.of(0.5, 0.5));
  assert.deepEqual(
    sm.softmax([1, 1], { temperature: undefined, mask: undefined, out: undefined }),
    Float32Array.of(0.5, 0.5),
  );
  assert.deepEqual(sm.softmax([1, 1], { temperature: Uint8Array.of(2) }), Float32Array.of(0.5, 0.5));
  assert.deepEqual(sm.softmax(x, { dims: Int32Array.of(2, 3) as never }), sm.softmax(x, { cols: 3 }));
  assert.deepEqual(sm.softmax({ data: x, dims: [2, 3] }), { data: sm.softmax(x, { cols: 3 }), dims: [2, 3] });
});

test("numbers are not errors: edge rows have fixed meanings", () => {
  const { NaN: nan } = Number;
  const inf = Infinity;
  const row = (...v: number[]) => Float32Array.of(...v);
  assert.deepEqual(sm.softmax([1, nan, 0, 0], { cols: 2 }), row(nan, nan, 0.5, 0.5));
  assert.deepEqual(sm.softmax([1, inf]), row(nan, nan));
  assert.deepEqual(sm.softmax([1, inf, inf], { infScores: "limit" }), row(0, 0.5, 0.5));
  assert.deepEqual(sm.logSumExp([1, inf]), row(inf));
  assert.deepEqual(sm.softmax([1, -inf]), row(1, 0));
  assert.deepEqual(sm.logSoftmax([1, -inf]), row(0, -inf));
  assert.deepEqual(sm.softmax([-inf, -inf]), row(nan, nan));
  assert.deepEqual(sm.softmax([1, 2], { mask: Uint8Array.of(0, 0) }), row(0, 0));
  assert.deepEqual(sm.softmax([1, 2, 3], { mask: Uint8Array.of(0, 0, 0), emptyRow: "nan" }), row(nan, nan, nan));
  assert.deepEqual(
    sm.softmax([-inf, -inf, 3, -inf], { mask: Uint8Array.of(1, 1, 0, 0), emptyRow: "uniform" }),
    row(0.5, 0.5, 0, 0),
  );
  assert.deepEqual(sm.logSumExp([-inf, -inf]), row(-inf));
  assert.deepEqual(sm.logSumExpVjp([-inf, -inf], [1]), row(0, 0));
  for (const emptyRow of [undefined, "zero", "uniform"] as const) {
    assert.deepEqual(sm.logSumExpVjp([-inf, -inf], [1], { emptyRow }), row(0, 0));
  }
  assert.deepEqual(sm.softmax([7]), row(1));
  assert.deepEqual(sm.logSoftmax([7]), row(0));
  assert.deepEqual(sm.softmax([1, 3, 3], { temperature: 0 }), row(0, 1, 0));
  assert.deepEqual(sm.softmax([1, 3, 3], { temperature: 0, tie: "split" }), row(0, 0.5, 0.5));
  assert.deepEqual(sm.softmax([1, -inf], { temperature: inf }), row(1, 0));
  assert.deepEqual(sm.softmax([-1e9, -1e9]), row(0.5, 0.5));
  assert.deepEqual(sm.softmax([-1e9, -1e9], { maskBelow: -1e8 }), row(0, 0));
  assert.deepEqual(sm.softmax([nan, 1, inf, 1], { mask: Uint8Array.of(0, 1, 0, 1) }), row(0, 0.5, 0, 0.5));
  assert.deepEqual(sm.softmaxVjp([0, 1], [nan, 3]), row(0, 0));
  const mask = Uint8Array.of(0, 1, 1);
  const under = row(nan, 2, 2);
  assert.deepEqual(sm.softmaxVjp(sm.softmax(under, { mask }), [nan, 1, 3]), row(0, -0.5, 0.5));
  assert.deepEqual(sm.logSoftmaxVjp(sm.logSoftmax(under, { mask }), [nan, 1, 3]), row(0, -1, 1));
  assert.deepEqual(sm.logSoftmaxVjp(sm.logSoftmax(under, { mask }), [nan, 1, 3], { x: under, mask }), row(0, -1, 1));
  assert.deepEqual(sm.logSumExpVjp(under, [1], { mask }), row(0, 0.5, 0.5));
  const stats = { nanRows: 0, emptyRows: 0 };
  sm.softmax([nan, 1, -inf, -inf, 1, 2], { cols: 2, stats });
  assert.deepEqual(stats, { nanRows: 1, emptyRows: 1 });
});
