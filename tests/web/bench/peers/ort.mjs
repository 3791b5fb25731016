import * as ort from "onnxruntime-web/wasm";
import { chainLength } from "../time.mjs";
import { attribute, onnx } from "./onnx.mjs";

const softmaxNode = (op_type) => (i) => ({
  op_type,
  input: [`x${i}`],
  output: [`x${i + 1}`],
  attribute: [attribute("axis", 1)],
});

/** length times a map of x onto a result of the same shape. */
const chain = (node) => (rows, cols, length) =>
  onnx(
    Array.from({ length }, (_, i) => node(i)),
    { x0: [rows, cols] },
    { [`x${length}`]: [rows, cols] },
  );

/** log-sum-exp changes the shape, so no chain: length times over the same input, and their sum. */
const fan = (rows, cols, length) => {
  const attributes = [attribute("axes", [1]), attribute("keepdims", 0)];
  const results = Array.from({ length }, (_, i) => `y${i}`);
  const nodes = results.map((y) => ({
    op_type: "ReduceLogSumExp",
    input: ["x0"],
    output: [y],
    attribute: attributes,
  }));
  nodes.push({ op_type: "Sum", input: results, output: ["sum"] });
  return onnx(nodes, { x0: [rows, cols] }, { sum: [rows] });
};

const models = {
  softmax: chain(softmaxNode("Softmax")),
  logSoftmax: chain(softmaxNode("LogSoftmax")),
  logSumExp: fan,
};

/**
 * onnxruntime-web, wasm execution provider, SIMD, one thread. See suite.mjs for what a contestant
 * is.
 *
 * session.run always copies its inputs and outputs, so "inside" is a slope: the time of a graph
 * with many times the op less that of a graph with one, divided by the number of ops between them.
 */
export async function open({ modules }) {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = `${modules}onnxruntime-web/dist/`;
  ort.env.logLevel = "error";

  // Graph rewriting would merge the fan's equal nodes into one; it has nothing else to do here.
  const session = (op, rows, cols, length) =>
    ort.InferenceSession.create(models[op](rows, cols, length), {
      executionProviders: ["wasm"],
      graphOptimizationLevel: op === "logSumExp" ? "disabled" : "all",
    });

  const endToEnd =
    (op) =>
    async ({ x, rows, cols }) => {
      const one = await session(op, rows, cols, 1);
      const [name] = one.outputNames;
      return {
        run: async () => (await one.run({ x0: new ort.Tensor("float32", x, [rows, cols]) }))[name].data,
        close: () => one.release(),
        waits: true,
      };
    };
  const inside =
    (op) =>
    async ({ x, rows, cols }) => {
      const length = chainLength(x.length);
      const one = await session(op, rows, cols, 1);
      const many = await session(op, rows, cols, 1 + length);
      const feeds = { x0: new ort.Tensor("float32", x, [rows, cols]) };
      return {
        run: () => many.run(feeds),
        base: () => one.run(feeds),
        length,
        close: () => Promise.all([one.release(), many.release()]),
        waits: true,
      };
    };
  const each = (make) => Object.fromEntries(Object.keys(models).map((op) => [op, make(op)]));
  return { inside: each(inside), endToEnd: each(endToEnd) };
}
