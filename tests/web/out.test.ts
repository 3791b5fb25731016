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
