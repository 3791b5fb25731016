// The bits that a function's sample has are stored in tests/hashes.def, and the same wherever the package runs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { load, supports } from "softmax-wasm";
import { hashes } from "./samples.js";

const file = readFileSync(new URL("../../../tests/hashes.def", import.meta.url), "utf8");
const stored = Object.fromEntries(
  [...file.matchAll(/^SAMPLE\((\w+), (0x\w+)\)/gm)].map(([, name, hash]) => [name, hash]),
);

for (const variant of ["scalar", "simd"] as const) {
  describe(variant, { skip: !supports(variant) && `this engine has no ${variant}` }, async () => {
    const found = hashes(await load({ variant }));
    for (const [name, hash] of Object.entries(found)) {
      const said = `sample of ${name} is ${hash}; when a change of bits is meant: npm run hashes`;
      test(name, () => assert.equal(hash, stored[name], said));
    }
    test("what is stored has a sample", () => assert.deepEqual(Object.keys(stored).sort(), Object.keys(found).sort()));
  });
}
