// Every wrong call with halves and bytes, and the sentence it gets.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load } from "softmax-wasm";

const sm = await load();
sm.softmax([1]);
const x = Float32Array.of(1, 2, 3, 4, 5, 6);

type Case = [message: string, call: () => unknown];

const kinds = "it is a Float32Array, Float16Array, number[], Float64Array, Resident or tensor { data, dims }";
const places = "it is a Float32Array, Float16Array, Resident or tensor { data, dims } of floats";

const typeErrors: Case[] = [
  ...(["softmax", "logSumExp", "softmaxStateFold", "resident"] as const).flatMap((op): Case[] => {
    const name = op === "resident" ? "data" : "x";
    const call = sm[op] as (x: unknown, options?: object) => unknown;
    const half = `${op}: ${name} is Uint16Array; ${kinds}, or a Uint16Array with dtype "float16" or "bfloat16"`;
    return [
      [half, () => call(new Uint16Array(2))],
      [half, () => call({ data: new Uint16Array(2), dims: [2], type: "uint16" })],
      [`${op}: ${name} is Uint8Array; ${kinds}, or Uint8Array with inputScale`, () => call(new Uint8Array(2))],
      [`${op}: ${name} is Int8Array; ${kinds}, or Int8Array with inputScale`, () => call(new Int8Array(2))],
      [
        `${op}: inputScale is "1"; it is a number above 0 and below Infinity`,
        () => call(new Int8Array(2), { inputScale: "1" }),
      ],
      [
        `${op}: inputZeroPoint is null; it is a whole number from 0 to 255, as in a Uint8Array`,
        () => call(new Uint8Array(2), { inputScale: 1, inputZeroPoint: null }),
      ],
    ];
  }),
  // Where nothing says what bytes mean.
  [`sigmoid: x is Int8Array; ${kinds}`, () => sm.sigmoid(new Int8Array(2), { inputScale: 1 } as object)],
  [`softmaxVjp: dy is Uint8Array; ${kinds}`, () => sm.softmaxVjp(x, new Uint8Array(6), { inputScale: 1 })],
  [
    `softmaxVjp: dy is Uint16Array; ${kinds}, or a Uint16Array with dtype "float16" or "bfloat16"`,
    () => sm.softmaxVjp(x, new Uint16Array(6)),
  ],
  [
    `softmax: out is Uint16Array; ${places}, or a Uint16Array with dtype "float16" or "bfloat16"`,
    () => sm.softmax(x, { out: new Uint16Array(6) }),
  ],
  [
    `softmax: out is Int8Array; ${places}`,
    () => sm.softmax(new Uint8Array(6), { inputScale: 1, out: new Int8Array(6) }),
  ],
  [
    `logSoftmax: out is Uint8Array; ${places}`,
    () => sm.logSoftmax(new Uint8Array(6), { inputScale: 1, out: new Uint8Array(6) }),
  ],
];

const rangeErrors: Case[] = [
  ...(["softmax", "logSumExp", "softmaxVjp"] as const).flatMap((op): Case[] => {
    const call = sm[op] as (...given: unknown[]) => unknown;
    const given = (x: unknown, options: object) => (op === "softmaxVjp" ? [x, x, options] : [x, options]);
    return [
      [
        `${op}: dtype is "half"; it is one of "float16", "bfloat16"`,
        () => call(...given(new Uint16Array(2), { dtype: "half" })),
      ],
      [`${op}: dtype is 16; it is one of "float16", "bfloat16"`, () => call(...given(x, { dtype: 16 }))],
    ];
  }),
  ...[0, -1, Number.NaN, Infinity, 1e-50, 1e39].map(
    (inputScale): Case => [
      `softmax: inputScale is ${inputScale}; it is a number above 0 and below Infinity`,
      () => sm.softmax(new Int8Array(2), { inputScale }),
    ],
  ),
  ...[-129, 128, 0.5, Number.NaN].map(
    (inputZeroPoint): Case => [
      `softmax: inputZeroPoint is ${inputZeroPoint}; it is a whole number from -128 to 127, as in a Int8Array`,
      () => sm.softmax(new Int8Array(2), { inputScale: 1, inputZeroPoint }),
    ],
  ),
  ["softmax: out holds 5 values, the result 6", () => sm.softmax(x, { dtype: "float16", out: new Uint16Array(5) })],
  [
    "softmax: out holds 5 values, the result 6",
    () => sm.softmax(new Int8Array(6), { inputScale: 1, out: new Int8Array(5) }),
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
        assert.equal(sm.liveBytes(), before);
      });
    }
  });
}

test("an array that has lost its buffer is no empty array", () => {
  for (const lost of [new Uint16Array(4), new Int8Array(4), new Float64Array(4)]) {
    structuredClone(lost.buffer, { transfer: [lost.buffer] });
    assert.throws(() => sm.softmax(lost, { dtype: "float16", inputScale: 1 }), {
      name: "TypeError",
      message: `softmax: x is a ${lost.constructor.name} whose buffer has been transferred or shrunk`,
    });
  }
});

test("an array that is taken away while options are read is not read", () => {
  for (const x of [new Uint16Array(6), new Float32Array(6)]) {
    const options = {
      dtype: x instanceof Uint16Array ? ("float16" as const) : undefined,
      get cols() {
        structuredClone(x.buffer, { transfer: [x.buffer] });
        return 6;
      },
    };
    assert.throws(() => sm.softmax(x, options), { message: /holds 0 values|held 6 values|whose buffer/ });
    assert.deepEqual(sm.softmax([1, 1]), Float32Array.of(0.5, 0.5), "the instance goes on");
  }
});
