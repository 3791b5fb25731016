// The three modules are one text: scalar and simd give the same bits, relaxed differs by what one rounding less can do.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { best, load, type Softmax, supports, variants } from "softmax-wasm";
import { bits, keeps, numbers, random, type Sample, samples, scores } from "./samples.js";

// Node 20 has relaxed SIMD behind this flag; newer ones do not know it and run it anyway.
if (!supports("relaxed")) setFlagsFromString("--experimental-wasm-relaxed-simd");

const scalar = await load({ variant: "scalar" });
const simd = supports("simd") ? await load({ variant: "simd" }) : undefined;
const relaxed = supports("relaxed") ? await load({ variant: "relaxed" }) : undefined;

test("the best variant is the last that is supported", () => {
  assert.equal(best(), variants.filter(supports).at(-1));
});

/** Calls with every option, on rows of all lengths up to 40 and some longer, with the scores that exp cannot answer. */
const calls = function* (sm: Softmax) {
  const next = random(7);
  const below = (n: number) => next() % n;
  for (let i = 0; i < 300; i++) {
    const cols = i < 280 ? 1 + (i % 40) : 60 + 97 * (i - 280);
    const dims = [1 + below(3), cols, 1 + below(3)];
    const [outer, , inner] = dims as [number, number, number];
    const size = outer * cols * inner;
    const x = scores(size, i, [1, 8, 90, 1e4, 1e38][below(5)]);
    if (below(4) === 0) x[below(size)] = [Number.NaN, Infinity, -Infinity, -0][below(4)] as number;
    if (below(8) === 0) x.fill(-Infinity);
    const temperatures = [
      undefined,
      0,
      Infinity,
      0.1,
      3,
      1e-30,
      1e30,
      Array.from({ length: outer * inner }, () => below(5) / 2),
    ];
    const options = {
      dims,
      axis: 1,
      temperature: temperatures[below(temperatures.length)],
      mask: [undefined, keeps(size, i), keeps(cols, i)][below(3)],
      maskBelow: [undefined, undefined, -3][below(3)],
      emptyRow: ([undefined, "zero", "nan", "uniform"] as const)[below(4)],
      infScores: (["nan", "limit"] as const)[below(2)],
      tie: (["first", "split"] as const)[below(2)],
    };
    const dy = scores(size, i + 1000);
    const y = sm.softmax(x, options);
    const logs = sm.logSoftmax(x, options);
    const { temperature } = options;
    yield [y, logs, sm.logSumExp(x, options), sm.logSumExpVjp(x, dy.subarray(0, outer * inner), options)];
    yield [
      sm.softmaxVjp(y, dy, { dims, axis: 1, temperature }),
      sm.logSoftmaxVjp(logs, dy, { dims, axis: 1, temperature }),
    ];
    const alpha = [0.5, 1, 1.25, 1.5, 2, 3, Array.from({ length: outer * inner }, () => 0.25 + below(12) / 4)][
      below(7)
    ]!;
    const cut = sm.entmax(x, { ...options, alpha });
    yield [cut, sm.sparsemax(x, options), sm.entmax15(x, options), sm.hardmax(x, options), sm.rowStats(x, options)];
    yield [
      sm.entmaxVjp(cut, dy, { dims, axis: 1, temperature, alpha }),
      sm.entmaxAlphaVjp(cut, dy, { dims, axis: 1, alpha }),
    ];
    const piece = { dims, axis: 1, mask: options.mask, maskBelow: options.maskBelow };
    const state = sm.softmaxStateFold(x, piece);
    const merged = sm.softmaxStateMerge(state, sm.softmaxStateFold(dy, piece));
    yield [state, merged, sm.softmaxStateRead(merged), sm.softmaxStateApply(x, merged, piece)];
  }
};

/** FNV-1a over the bits of results. */
const hash = (sm: Softmax): string => {
  let h = 0x811c9dc5;
  for (const results of calls(sm))
    for (const result of results) for (const word of bits(result)) h = Math.imul(h ^ word, 0x01000193);
  return (h >>> 0).toString(16);
};

describe("scalar and simd give the same bits", { skip: !simd && "this engine has no simd" }, () => {
  for (const [name, sample] of Object.entries<Sample>(samples)) {
    test(name, () => assert.deepEqual(bits(sample(simd!)), bits(sample(scalar))));
  }
  test("over pseudo-random rows of all shapes and options", () => {
    const [one, other] = [calls(scalar), calls(simd!)];
    for (let i = 0; ; i++) {
      const [a, b] = [one.next(), other.next()];
      if (a.done || b.done) break;
      assert.deepEqual(b.value.map(bits), a.value.map(bits), `call ${i}`);
    }
  });
  test("call after call, in a new instance too", async () => {
    const wanted = hash(simd!);
    assert.equal(hash(simd!), wanted);
    assert.equal(hash(await load({ variant: "simd" })), wanted);
  });
});

describe("relaxed is within 2⁻²⁰ of scalar", { skip: !relaxed && "this engine has no relaxed simd" }, () => {
  for (const [name, sample] of Object.entries<Sample>(samples)) {
    test(name, () => {
      const [ours, plain] = [numbers(sample(relaxed!)), numbers(sample(scalar))];
      // Eight times the spacing of floats, of the largest number: both are within 4 of the true one.
      const bound = 2 ** -20 * Math.max(...plain.map(Math.abs).filter(Number.isFinite));
      ours.forEach((v, i) =>
        assert.ok(Object.is(v, plain[i]) || Math.abs(v - plain[i]!) <= bound, `${v} and ${plain[i]}`),
      );
    });
  }
  test("and the same call after call", () => assert.equal(hash(relaxed!), hash(relaxed!)));
});
