// Attention whose keys are spread over worker threads, each with an instance of its own.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { load, supports, variants } from "softmax-wasm";
import { type Attended, bounds, differences, pieces } from "./browsers/spread.js";

const inWorker = async (message: object): Promise<Attended> => {
  const worker = new Worker(new URL("./worker.js", import.meta.url));
  try {
    worker.postMessage(message);
    const [answer] = await once(worker, "message"); // rejects when the worker fails
    return answer;
  } finally {
    await worker.terminate();
  }
};

describe("attention over keys that are spread over workers is the attention over all", () => {
  for (const variant of variants.filter(supports)) {
    for (const n of [2, 3, 5]) {
      test(`${variant}, ${n} workers`, async () => {
        const file = fileURLToPath(import.meta.resolve(`softmax-wasm/${variant}.wasm`));
        const module = await WebAssembly.compile(new Uint8Array(readFileSync(file)));
        // The first loads the package as anyone would, the others are posted the compiled module.
        const answers = await Promise.all(
          pieces(n).map((piece, i) => inWorker({ piece, variant, ...(i > 0 && { module }) })),
        );
        const found = differences(await load({ variant }), answers);
        const { out, lse } = bounds(n);
        assert.ok(found.out <= out && found.lse <= lse, JSON.stringify(found));
      });
    }
  }
});
