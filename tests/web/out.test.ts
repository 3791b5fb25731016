// Where results go: what a call that throws leaves as it was, and what may lie over what.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load, type Resident } from "softmax-wasm";

const sm = await load();
const inf = Infinity;

describe('emptyRow "throw" writes to no Resident, neither to out nor to the scores', () => {
  const scores = Float32Array.of(1, 2, -inf, 3);
  const before = Float32Array.of(5, 6, 7, 8);
  const calls = {
    softmax: sm.softmax,
    logSoftmax: sm.logSoftmax,
    entmax15: sm.entmax15,
    logSumExpVjp: (x: Resident, options: object) => sm.logSumExpVjp(x, [1, 1], options),
    gumbelSoftmax: (x: Resident, options: object) => sm.gumbelSoftmax(x, { ...options, seed: 1 }),
  } as Record<string, (x: Resident, options: object) => unknown>;
  for (const [op, call] of Object.entries(calls)) {
    test(op, () => {
      using x = sm.resident(scores);
      using out = sm.resident(before);
      const message = `${op}: row 0 has no candidate: every score is masked or -Infinity`;
      for (const masks of [{ maskBelow: 3 }, { mask: Uint8Array.of(0, 0, 1, 1) }]) {
        for (const to of [x, out]) {
          assert.throws(() => call(x, { cols: 2, ...masks, emptyRow: "throw", out: to }), { message });
          assert.deepEqual(x.read(), scores);
          assert.deepEqual(out.read(), before);
        }
      }
      // Where there is nothing to throw for, it is as if it had not been said.
      const options = { cols: 2, maskBelow: 2 };
      const wanted = call(x, options);
      call(x, { ...options, emptyRow: "throw", out });
      assert.deepEqual(out.read(), wanted);
      assert.deepEqual(x.read(), scores);
      call(x, { ...options, emptyRow: "throw", out: x });
      assert.deepEqual(x.read(), wanted);
    });
  }
});

describe("what may lie over what", () => {
  const overlaps = (op: string, name = "out") => ({
    name: "RangeError",
    message: `${op}: ${name} overlaps an input in part; it is the input itself, or memory of its own`,
  });
  const room = () => Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const x = [3, 1, 2, 2, 5, 4];

  test("a result and the scores of a gradient", () => {
    const y = sm.softmax(x, { cols: 3 });
    for (const vjp of [sm.softmaxVjp, sm.logSoftmaxVjp, sm.sparsemaxVjp]) {
      const both = room();
      const [scores, out] = [both.subarray(0, 6), both.subarray(2)];
      assert.throws(() => vjp(y, x, { cols: 3, x: scores, out }), overlaps(vjp.name || "softmaxVjp"));
      assert.deepEqual(both, room());
    }
    const scores = room().subarray(0, 6);
    const wanted = sm.softmaxVjp(y, x, { cols: 3, x: scores });
    assert.deepEqual(sm.softmaxVjp(y, x, { cols: 3, x: scores, out: scores }), wanted);
  });

  test("one number for each row and the scores, which it is as long as where rows have one", () => {
    const both = room();
    assert.throws(() => sm.logSumExp(both, { cols: 4, out: both.subarray(0, 2) }), overlaps("logSumExp"));
    assert.throws(
      () => sm.entmaxAlphaVjp(both, both, { cols: 4, out: both.subarray(0, 2) }),
      overlaps("entmaxAlphaVjp"),
    );
    assert.deepEqual(both, room());
    assert.deepEqual(sm.logSumExp(both, { cols: 1, out: both }), room());
    using r = sm.resident(both);
    assert.deepEqual(sm.logSumExp(r, { cols: 1, out: r }).read(), room());
    const twos = new Float32Array(8).fill(2);
    assert.deepEqual(sm.logSumExpVjp(r.write(twos), r, { cols: 1, out: r }).read(), twos);
    const dlse = sm.resident([7, 8]);
    assert.deepEqual(sm.logSumExpVjp([1, 2], dlse, { cols: 1, out: dlse }).read(), Float32Array.of(7, 8));
    dlse.free();
  });

  test("a state and what is made of it", () => {
    const state = (from: Float32Array, at = 0) => ({
      peak: from.subarray(at, at + 2),
      total: from.subarray(at + 2, at + 4),
    });
    const [a, b] = [room(), room().reverse()];
    const wanted = sm.softmaxStateMerge(state(a), state(b));
    const q = new Float32Array(2);
    assert.throws(() => sm.softmaxStateMerge(state(a), state(b), { out: { peak: q, total: q } }), {
      name: "RangeError",
      message: "softmaxStateMerge: out.total is Float32Array; it is apart from out.peak",
    });
    const over = (at: number) => () => sm.softmaxStateMerge(state(a), state(b), { out: state(b, at) });
    assert.throws(over(1), overlaps("softmaxStateMerge", "out.peak"));
    const shifted = { peak: q, total: a.subarray(1, 3) };
    assert.throws(
      () => sm.softmaxStateMerge(state(a), state(b), { out: shifted }),
      overlaps("softmaxStateMerge", "out.total"),
    );
    assert.throws(() => sm.softmaxStateRead(state(a), { out: a.subarray(1, 3) }), overlaps("softmaxStateRead"));
    assert.throws(
      () => sm.softmaxStateApply(x.slice(0, 4), state(a), { cols: 2, out: a.subarray(1, 5) }),
      overlaps("softmaxStateApply"),
    );
    assert.deepEqual([a, b, q], [room(), room().reverse(), new Float32Array(2)]);
    // In place of either state, or of both crosswise.
    const out = { peak: state(b).total, total: state(b).peak };
    assert.deepEqual(sm.softmaxStateMerge(state(a), state(b), { out }), wanted);
    assert.deepEqual(sm.softmaxStateMerge(state(a), state(room().reverse()), { out: state(a) }), wanted);
  });
});
