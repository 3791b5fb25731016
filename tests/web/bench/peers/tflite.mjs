import { Builder } from "flatbuffers";

// Places in the tables of tflite's schema.fbs (github.com/tensorflow/tensorflow, lite/schema).
const kModel = { version: 0, operatorCodes: 1, subgraphs: 2, buffers: 4 };
const kOperatorCode = { shortCode: 0, version: 2, code: 3 };
const kSubGraph = { tensors: 0, inputs: 1, outputs: 2, operators: 3 };
const kTensor = { shape: 0, buffer: 2, name: 3 }; // type 1 is left out: its default is FLOAT32
const kOperator = { code: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4 };
const kSoftmaxOptions = { beta: 0 };
const kSoftmaxOptionsType = 9; // in the union BuiltinOptions

/** The builtin operators the bench uses: their numbers in BuiltinOperator. */
export const kSoftmax = 25;
export const kLogSoftmax = 50;

/**
 * The bytes of a .tflite model: one input of shape dims, then `length` times the same operator.
 * @param {number} code     kSoftmax or kLogSoftmax
 * @param {number[]} dims
 * @param {number} length   operators in the chain
 */
export function tfliteChain(code, dims, length) {
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

  const shape = ints(dims);
  const tensor = (i) => {
    const name = b.createString(`t${i}`);
    return table(4, () => {
      b.addFieldOffset(kTensor.shape, shape, 0);
      b.addFieldInt32(kTensor.buffer, 0, 0); // buffer 0 is the empty one: no constant
      b.addFieldOffset(kTensor.name, name, 0);
    });
  };
  const operator = (from) => {
    const inputs = ints([from]);
    const outputs = ints([from + 1]);
    const options = code === kSoftmax && table(1, () => b.addFieldFloat32(kSoftmaxOptions.beta, 1, 0));
    return table(5, () => {
      b.addFieldInt32(kOperator.code, 0, 0);
      b.addFieldOffset(kOperator.inputs, inputs, 0);
      b.addFieldOffset(kOperator.outputs, outputs, 0);
      if (!options) return;
      b.addFieldInt8(kOperator.optionsType, kSoftmaxOptionsType, 0);
      b.addFieldOffset(kOperator.options, options, 0);
    });
  };

  const tensors = offsets(Array.from({ length: length + 1 }, (_, i) => tensor(i)));
  const operators = offsets(Array.from({ length }, (_, i) => operator(i)));
  const inputs = ints([0]);
  const outputs = ints([length]);
  const subgraphs = offsets([
    table(5, () => {
      b.addFieldOffset(kSubGraph.tensors, tensors, 0);
      b.addFieldOffset(kSubGraph.inputs, inputs, 0);
      b.addFieldOffset(kSubGraph.outputs, outputs, 0);
      b.addFieldOffset(kSubGraph.operators, operators, 0);
    }),
  ]);
  const operatorCodes = offsets([
    table(4, () => {
      b.addFieldInt8(kOperatorCode.shortCode, code, 0);
      b.addFieldInt32(kOperatorCode.version, 1, 0);
      b.addFieldInt32(kOperatorCode.code, code, 0);
    }),
  ]);
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
