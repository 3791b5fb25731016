// The lean entry: fewer functions, in modules of their own, with the bits of the whole.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { load, type Softmax, supports } from "softmax-wasm";
import { bits, type Sample, samples } from "./samples.js";

const dist = new URL("../../../dist/", import.meta.url);
const lean: { load: typeof load } = await import(new URL("lean.js", dist).href);
const families = ["softmax", "softmaxVjp", "logSoftmax", "logSoftmaxVjp", "logSumExp", "logSumExpVjp"];

for (const variant of ["scalar", "simd"] as const) {
  describe(variant, { skip: !supports(variant) && `this engine has no ${variant}` }, async () => {
    const bytes = readFileSync(new URL(`wasm/lean-${variant}.wasm`, dist));
    const [whole, part] = [await load({ variant }), await lean.load({ variant, bytes })];
    const names = Object.keys(samples).filter((name) => name in part);
    test("has what it says", () => {
      for (const name of [...families, "resident", "softmaxStateFold", "softmaxStateMerge"])
        assert.ok(name in part, name);
      assert.deepEqual(
        Object.keys(part).filter((name) => !(name in whole)),
        [],
      );
    });
    for (const name of names) {
      const sample = (samples as Record<string, Sample>)[name] as Sample;
      test(name, () => assert.deepEqual(bits(sample(part as Softmax)), bits(sample(whole))));
    }
    test("takes halves and bytes", () => {
      const half = { dtype: "float16", cols: 2 } as const;
      const x = Uint16Array.of(0x3c00, 0x4000, 0x3c00, 0xc000);
      assert.deepEqual(part.softmax(x, half), whole.softmax(x, half));
      assert.deepEqual(
        part.softmax(Uint8Array.of(1, 2), { inputScale: 0.5 }),
        whole.softmax(Uint8Array.of(1, 2), { inputScale: 0.5 }),
      );
    });
  });
}
