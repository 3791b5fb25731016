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

const kAttentionVersion = 23; // of the standard's operators, the first with Attention

/** [heads, rows, cols] as [heads, cols, rows]. */
function transposed(x, heads, cols) {
  const rows = x.length / heads / cols;
  return x.map((_, i) => {
    const [h, at] = [Math.floor(i / rows / cols), i % (rows * cols)];
    return x[(h * rows + (at % rows)) * cols + Math.floor(at / rows)];
  });
}

// Attention in the ways onnxruntime has: from a row to { model, feeds }, model the bytes for a number of them, whose
// output is the next one's queries, and feeds from a name to [data, dims].
const attentions = {
  /** Products and a softmax, the keys transposed beforehand, as the first product reads them best. */
  products(row) {
    const { heads, queries, keys, dim, causal } = row;
    const { q, k, v, hidden } = attentionData(row);
    const node = (op_type, input, output, attributes = []) => ({
      op_type,
      input,
      output: [output],
      attribute: attributes,
    });
    const feeds = {
      x0: [q, [heads, queries, dim]],
      k: [transposed(k, heads, dim), [heads, dim, keys]],
      v: [v, [heads, keys, dim]],
      ...(causal && { hidden: [hidden, [queries, keys]] }),
    };
    const step = (_, i) => [
      node("MatMul", [`x${i}`, "k"], `s${i}`),
      ...(causal ? [node("Add", [`s${i}`, "hidden"], `h${i}`)] : []),
      node("Softmax", [`${causal ? "h" : "s"}${i}`], `p${i}`, [attribute("axis", 2)]),
      node("MatMul", [`p${i}`, "v"], `x${i + 1}`),
    ];
    return chained(feeds, step);
  },

  /** Its own operator; heads are its batch, of one head each, so that it need not move them. */
  multiHead(row) {
    const { heads, queries, keys, dim, causal = false } = row;
    const { q, k, v } = attentionData(row);
    const feeds = {
      x0: [unscaled(q, dim), [heads, queries, dim]],
      k: [k, [heads, 1, keys, dim]],
      v: [v, [heads, 1, keys, dim]],
    };
    const step = (_, i) => ({
      op_type: "MultiHeadAttention",
      domain: kMicrosoft,
      input: [`x${i}`, "k", "v"],
      output: [`x${i + 1}`],
      attribute: [attribute("num_heads", 1), attribute("unidirectional", Number(causal))],
    });
    return chained(feeds, step);
  },

  /** The standard's operator. */
  standard(row) {
    const { heads, queries, keys, dim, causal = false } = row;
    const { q, k, v } = attentionData(row);
    const feeds = {
      x0: [unscaled(q, dim), [1, heads, queries, dim]],
      k: [k, [1, heads, keys, dim]],
      v: [v, [1, heads, keys, dim]],
    };
    const step = (_, i) => ({
      op_type: "Attention",
      input: [`x${i}`, "k", "v"],
      output: [`x${i + 1}`],
      attribute: [attribute("is_causal", Number(causal))],
    });
    return chained(feeds, step);
  },
};

/** For operators that scale by themselves. */
const unscaled = (q, dim) => q.map((x) => x * Math.sqrt(dim));

function chained(feeds, step) {
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, [, dims]]) => [name, dims]));
  const model = (length) =>
    onnx(Array.from({ length }, step).flat(), inputs, { [`x${length}`]: inputs.x0 }, kAttentionVersion);
  return { model, feeds };
}

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
  const tensors = (feeds) =>
    Object.fromEntries(
      Object.entries(feeds).map(([name, [data, dims]]) => [name, new ort.Tensor("float32", data, dims)]),
    );
  const attention = (way) => async (row) => {
    const length = attentionChainLength(row);
    const { model, feeds } = way(row);
    const [one, many] = [await compiled(model(1)), await compiled(model(1 + length))];
    const given = tensors(feeds);
    return {
      run: () => many.run(given),
      base: () => one.run(given),
      length,
      close: () => Promise.all([one.release(), many.release()]),
      waits: true,
    };
  };
  const attentionEndToEnd = (way) => async (row) => {
    const { model, feeds } = way(row);
    const one = await compiled(model(1));
    return {
      run: async () => (await one.run(tensors(feeds))).x1.data,
      close: () => one.release(),
      waits: true,
    };
  };
  const ways = (make) => Object.fromEntries(Object.entries(attentions).map(([name, way]) => [name, make(way)]));
  const each = (make) => Object.fromEntries(Object.keys(models).map((op) => [op, make(op)]));
  return {
    inside: { ...each(inside), attention: ways(attention) },
    endToEnd: { ...each(endToEnd), attention: ways(attentionEndToEnd) },
  };
}
