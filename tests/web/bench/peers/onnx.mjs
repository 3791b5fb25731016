import protobuf from "protobufjs";

// The few messages of onnx.proto3 (github.com/onnx/onnx) that a graph of plain ops needs.
const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Attribute { string name = 1; int64 i = 3; repeated int64 ints = 8; int32 type = 20; }
  message Node {
    repeated string input = 1; repeated string output = 2;
    string op_type = 4; repeated Attribute attribute = 5; string domain = 7;
  }
  message Dim { int64 dim_value = 1; }
  message Shape { repeated Dim dim = 1; }
  message TensorType { int32 elem_type = 1; Shape shape = 2; }
  message Type { TensorType tensor_type = 1; }
  message Value { string name = 1; Type type = 2; }
  message Graph {
    repeated Node node = 1; string name = 2;
    repeated Value input = 11; repeated Value output = 12;
  }
  message OpSet { string domain = 1; int64 version = 2; }
  message Model { int64 ir_version = 1; Graph graph = 7; repeated OpSet opset_import = 8; }
`,
  { keepCase: true },
);

const kFloat = 1; // TensorProto.DataType.FLOAT
const kInt = 2; // AttributeProto.AttributeType.INT
const kInts = 7; // AttributeProto.AttributeType.INTS

/** Where onnxruntime's own operators are. */
export const kMicrosoft = "com.microsoft";

/** An attribute of a node: a whole number or a list of them. */
export const attribute = (name, value) =>
  Array.isArray(value) ? { name, ints: value, type: kInts } : { name, i: value, type: kInt };

/**
 * The bytes of an ONNX model.
 * @param {{ op_type: string, input: string[], output: string[], attribute?: object[], domain?: string }[]} node
 * @param {Record<string, number[]>} inputs   name -> dims
 * @param {Record<string, number[]>} outputs  name -> dims
 * @param {number} version  of the standard's operators
 */
export function onnx(node, inputs, outputs, version = 17) {
  const values = (named) =>
    Object.entries(named).map(([name, dims]) => ({
      name,
      type: {
        tensor_type: { elem_type: kFloat, shape: { dim: dims.map((d) => ({ dim_value: d })) } },
      },
    }));
  const Model = root.lookupType("Model");
  return Model.encode({
    ir_version: 8,
    opset_import: [
      { domain: "", version },
      { domain: kMicrosoft, version: 1 },
    ],
    graph: { name: "bench", node, input: values(inputs), output: values(outputs) },
  }).finish();
}
