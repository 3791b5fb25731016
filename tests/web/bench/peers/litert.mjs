import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";
import { chainLength } from "../time.mjs";
import { kLogSoftmax, kSoftmax, tfliteChain } from "./tflite.mjs";

const codes = { softmax: kSoftmax, logSoftmax: kLogSoftmax };

/**
 * LiteRT.js on its CPU accelerator, one thread; it takes its relaxed SIMD build by itself. See
 * suite.mjs for what a contestant is.
 *
 * "inside" is a slope over a chain of ops, as for onnxruntime-web, with the input already in its
 * memory.
 */
export async function open({ modules, asWorker = (load) => load() }) {
  await asWorker(() => loadLiteRt(`${modules}@litertjs/core/wasm/`));
  const compile = (op, rows, cols, length) =>
    loadAndCompile(tfliteChain(codes[op], [rows, cols], length), { accelerator: "wasm" });
  const run = async (model, tensor) => {
    for (const result of await model.run([tensor])) result.delete();
  };

  const endToEnd =
    (op) =>
    async ({ x, rows, cols }) => {
      const model = await compile(op, rows, cols, 1);
      return {
        async run() {
          const scores = new Tensor(x, [rows, cols]);
          const [result] = await model.run([scores]);
          const out = result.toTypedArray();
          scores.delete();
          result.delete();
          return out;
        },
        close: () => model.delete(),
        waits: true,
      };
    };
  const inside =
    (op) =>
    async ({ x, rows, cols }) => {
      const length = chainLength(x.length);
      const one = await compile(op, rows, cols, 1);
      const many = await compile(op, rows, cols, 1 + length);
      const scores = new Tensor(x, [rows, cols]);
      return {
        run: () => run(many, scores),
        base: () => run(one, scores),
        length,
        close() {
          for (const owned of [one, many, scores]) owned.delete();
        },
        waits: true,
      };
    };
  const each = (make) => Object.fromEntries(Object.keys(codes).map((op) => [op, make(op)]));
  return { inside: each(inside), endToEnd: each(endToEnd) };
}
