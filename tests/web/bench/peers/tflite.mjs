import { Builder } from "flatbuffers";

// Places in the tables of tflite's schema.fbs (github.com/tensorflow/tensorflow, lite/schema).
const kModel = { version: 0, operatorCodes: 1, subgraphs: 2, buffers: 4 };
const kOperatorCode = { shortCode: 0, version: 2, code: 3 };
const kSubGraph = { tensors: 0, inputs: 1, outputs: 2, operators: 3 };
const kTensor = { shape: 0, buffer: 2, name: 3 }; // type 1 is left out: its default is FLOAT32
const kOperator = { code: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4 };

/**
 * The builtin operators the bench uses: their numbers in BuiltinOperator, and their options: the number of the table in
 * the union BuiltinOptions, its fields, and what is written into it.
 */
const operators = {
  softmax: { code: 25, options: 9, fields: 1, write: (b) => b.addFieldFloat32(0, 1, 0) }, // beta
  logSoftmax: { code: 50 },
  add: { code: 0, options: 11, fields: 1, write: () => {} },
  matMul: { code: 126, options: 101, fields: 3, write: () => {} },
  matMulTransposed: { code: 126, options: 101, fields: 3, write: (b) => b.addFieldInt8(1, 1, 0) }, // adj_y
};

/**
 * The bytes of a .tflite model.
 * @param {number[][]} tensors  their dims; the first are the inputs
 * @param {number} inputs       how many of them are
 * @param {{ op: string, from: number[], to: number }[]} steps  operators, and places of their tensors; the last makes the
 *   output
 */
export function tflite(tensors, inputs, steps) {
  const b = new Builder(1024);

  const table = (fields, write) => {
    b.startObject(fields);
    write();
    return b.endObject();
  };
  const offsets = (list) => {
    b.startVector(4, list.length, 4);
    for (const offset of list.toReversed()) b.addOffset(offset);
    return b.endVector();
  };
  const ints = (list) => {
    b.startVector(4, list.length, 4);
    for (const value of list.toReversed()) b.addInt32(value);
    return b.endVector();
  };

  const tensor = (dims, i) => {
    const [shape, name] = [ints(dims), b.createString(`t${i}`)];
    return table(4, () => {
      b.addFieldOffset(kTensor.shape, shape, 0);
      b.addFieldInt32(kTensor.buffer, 0, 0); // buffer 0 is the empty one: no constant
      b.addFieldOffset(kTensor.name, name, 0);
    });
  };
  const codes = [...new Set(steps.map(({ op }) => operators[op].code))];
  const operator = ({ op, from, to }) => {
    const { code, options, fields, write } = operators[op];
    const [taken, given] = [ints(from), ints([to])];
    const own = options && table(fields, () => write(b));
    return table(5, () => {
      b.addFieldInt32(kOperator.code, codes.indexOf(code), 0);
      b.addFieldOffset(kOperator.inputs, taken, 0);
      b.addFieldOffset(kOperator.outputs, given, 0);
      if (!own) return;
      b.addFieldInt8(kOperator.optionsType, options, 0);
      b.addFieldOffset(kOperator.options, own, 0);
    });
  };

  const all = offsets(tensors.map(tensor));
  const made = offsets(steps.map(operator));
  const [first, last] = [ints(Array.from({ length: inputs }, (_, i) => i)), ints([steps.at(-1).to])];
  const subgraphs = offsets([
    table(5, () => {
      b.addFieldOffset(kSubGraph.tensors, all, 0);
      b.addFieldOffset(kSubGraph.inputs, first, 0);
      b.addFieldOffset(kSubGraph.outputs, last, 0);
      b.addFieldOffset(kSubGraph.operators, made, 0);
    }),
  ]);
  const operatorCodes = offsets(
    codes.map((code) =>
      table(4, () => {
        b.addFieldInt8(kOperatorCode.shortCode, code, 0);
        b.addFieldInt32(kOperatorCode.version, 1, 0);
        b.addFieldInt32(kOperatorCode.code, code, 0);
      }),
    ),
  );
  const buffers = offsets([table(1, () => {})]);
  b.finish(
    table(5, () => {
      b.addFieldInt32(kModel.version, 3, 0);
      b.addFieldOffset(kModel.operatorCodes, operatorCodes, 0);
      b.addFieldOffset(kModel.subgraphs, subgraphs, 0);
      b.addFieldOffset(kModel.buffers, buffers, 0);
    }),
    "TFL3",
  );
  return b.asUint8Array();
}

/** One input of shape dims, then `length` times the same map. */
export const tfliteChain = (op, dims, length) =>
  tflite(
    Array.from({ length: length + 1 }, () => dims),
    1,
    Array.from({ length }, (_, i) => ({ op, from: [i], to: i + 1 })),
  );

/** Attention of q, k, v and, where it is causal, what is added to scores; the output is the next one's queries. */
export function tfliteAttention({ heads, queries, keys, dim, causal }, length) {
  const [q, k, scores] = [
    [heads, queries, dim],
    [heads, keys, dim],
    [heads, queries, keys],
  ];
  const tensors = [q, k, k, ...(causal ? [[1, queries, keys]] : [])];
  const inputs = tensors.length;
  const steps = [];
  const step = (op, from, dims) => {
    steps.push({ op, from, to: tensors.push(dims) - 1 });
    return tensors.length - 1;
  };
  let x = 0;
  for (let i = 0; i < length; i++) {
    let s = step("matMulTransposed", [x, 1], scores);
    if (causal) s = step("add", [s, 3], scores);
    x = step("matMul", [step("softmax", [s], scores), 2], q);
  }
  return tflite(tensors, inputs, steps);
}
