import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";
import { attentionData } from "../data.mjs";
import { attentionChainLength, chainLength } from "../time.mjs";
import { tfliteAttention, tfliteChain } from "./tflite.mjs";

const maps = ["softmax", "logSoftmax"];

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
    loadAndCompile(tfliteChain(op, [rows, cols], length), { accelerator: "wasm" });
  const run = async (model, tensors) => {
    for (const result of await model.run(tensors)) result.delete();
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
        run: () => run(many, [scores]),
        base: () => run(one, [scores]),
        length,
        close() {
          for (const owned of [one, many, scores]) owned.delete();
        },
        waits: true,
      };
    };
  const attending = async (row, ...lengths) => {
    const { q, k, v, hidden } = attentionData(row);
    const tensors = [q, k, v].map((x) => new Tensor(x, [row.heads, x.length / row.heads / row.dim, row.dim]));
    if (hidden) tensors.push(new Tensor(hidden, [1, row.queries, row.keys]));
    const models = [];
    for (const length of lengths) {
      models.push(await loadAndCompile(tfliteAttention(row, length), { accelerator: "wasm" }));
    }
    const close = () => {
      for (const owned of [...models, ...tensors]) owned.delete();
    };
    return { tensors, models, close };
  };
  const attention = async (row) => {
    const length = attentionChainLength(row);
    const { tensors, models, close } = await attending(row, 1, 1 + length);
    const [one, many] = models;
    return { run: () => run(many, tensors), base: () => run(one, tensors), length, close, waits: true };
  };
  const attentionEndToEnd = async (row) => {
    const { tensors, models, close } = await attending(row, 1);
    return {
      async run() {
        const [result] = await models[0].run(tensors);
        const out = result.toTypedArray();
        result.delete();
        return out;
      },
      close,
      waits: true,
    };
  };
  const each = (make) => Object.fromEntries(maps.map((op) => [op, make(op)]));
  return { inside: { ...each(inside), attention }, endToEnd: { ...each(endToEnd), attention: attentionEndToEnd } };
}
