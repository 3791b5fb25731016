import * as ort from "onnxruntime-web/wasm";
import { attentionData } from "../data.mjs";
import { attentionChainLength, chainLength } from "../time.mjs";
import { attribute, kMicrosoft, onnx } from "./onnx.mjs";

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

/** Attention whose output is the next one's queries, of products and a softmax. */
const products = ({ heads, queries, keys, dim, causal }, length) => {
  const node = (op_type, input, output, attributes = []) => ({
    op_type,
    input,
    output: [output],
    attribute: attributes,
  });
  const nodes = [node("Transpose", ["k"], "kt", [attribute("perm", [0, 2, 1])])];
  for (let i = 0; i < length; i++) {
    nodes.push(node("MatMul", [`x${i}`, "kt"], `s${i}`));
    if (causal) nodes.push(node("Add", [`s${i}`, "hidden"], `h${i}`));
    nodes.push(node("Softmax", [`${causal ? "h" : "s"}${i}`], `p${i}`, [attribute("axis", 2)]));
    nodes.push(node("MatMul", [`p${i}`, "v"], `x${i + 1}`));
  }
  const shape = { x0: [heads, queries, dim], k: [heads, keys, dim], v: [heads, keys, dim] };
  const mask = causal ? { hidden: [queries, keys] } : {};
  return onnx(nodes, { ...shape, ...mask }, { [`x${length}`]: shape.x0 });
};

/** The same by its own operator, whose arrays lie [batch, length, heads, dim]. */
const multiHead = ({ heads, queries, keys, dim, causal }, length) => {
  const nodes = Array.from({ length }, (_, i) => ({
    op_type: "MultiHeadAttention",
    domain: kMicrosoft,
    input: [`x${i}`, "k", "v"],
    output: [`x${i + 1}`],
    attribute: [attribute("num_heads", heads), attribute("unidirectional", Number(causal ?? false))],
  }));
  const shape = { x0: [1, queries, heads * dim], k: [1, keys, heads * dim], v: [1, keys, heads * dim] };
  return onnx(nodes, shape, { [`x${length}`]: shape.x0 });
};

/** [heads, length, dim] as [length, heads, dim]. */
const interleaved = (x, { heads, dim }) =>
  x.map(
    (_, i) =>
      x[((Math.floor(i / dim) % heads) * (x.length / heads / dim) + Math.floor(i / dim / heads)) * dim + (i % dim)],
  );

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
  const compiled = (model) => ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  const attentionFeeds = {
    products(row) {
      const { q, k, v, hidden } = attentionData(row);
      const of = (x) => new ort.Tensor("float32", x, [row.heads, x.length / row.heads / row.dim, row.dim]);
      const mask = hidden && { hidden: new ort.Tensor("float32", hidden, [row.queries, row.keys]) };
      return { x0: of(q), k: of(k), v: of(v), ...mask };
    },
    multiHead(row) {
      const { q, k, v } = attentionData(row);
      const of = (x) =>
        new ort.Tensor("float32", interleaved(x, row), [1, x.length / row.heads / row.dim, row.heads * row.dim]);
      // It scales by itself.
      return { x0: of(q.map((x) => x * Math.sqrt(row.dim))), k: of(k), v: of(v) };
    },
  };
  /** Attention by that of its operators which is the faster here. */
  const attention = async (row) => {
    const length = attentionChainLength(row);
    const ways = await Promise.all(
      Object.entries({ products, multiHead }).map(async ([name, model]) => {
        const feeds = attentionFeeds[name](row);
        const [one, many] = [await compiled(model(row, 1)), await compiled(model(row, 1 + length))];
        await many.run(feeds);
        const start = performance.now();
        await many.run(feeds);
        return { feeds, one, many, took: performance.now() - start };
      }),
    );
    const [best, ...rest] = ways.sort((a, b) => a.took - b.took);
    await Promise.all(rest.flatMap(({ one, many }) => [one.release(), many.release()]));
    const { feeds, one, many } = best;
    return {
      run: () => many.run(feeds),
      base: () => one.run(feeds),
      length,
      close: () => Promise.all([one.release(), many.release()]),
      waits: true,
    };
  };
  const attentionEndToEnd = async (row) => {
    const one = await compiled(products(row, 1));
    return {
      run: async () => (await one.run(attentionFeeds.products(row))).x1.data,
      close: () => one.release(),
      waits: true,
    };
  };
  const each = (make) => Object.fromEntries(Object.keys(models).map((op) => [op, make(op)]));
  return {
    inside: { ...each(inside), attention },
    endToEnd: { ...each(endToEnd), attention: attentionEndToEnd },
  };
}
