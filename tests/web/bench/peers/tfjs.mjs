import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { attentionData } from "../data.mjs";

/**
 * TensorFlow.js on its wasm backend, SIMD build, one thread. See suite.mjs for what a contestant
 * is.
 *
 * "inside" calls the backend's own compiled softmax on tensors that already lie in its memory, so
 * neither tensor bookkeeping nor copies are counted. log-softmax and log-sum-exp have no kernel
 * there: tfjs-core puts them together from max, subtract, exp, sum and log, and "inside" is that
 * whole, without reading the result. Attention is put together too, from matMul and softmax.
 */
export async function open({ modules }) {
  // One thread for everybody, and the threaded build is no faster at this.
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  setWasmPaths(`${modules}@tensorflow/tfjs-backend-wasm/dist/`);
  setThreadsCount(1);
  await tf.setBackend("wasm");
  if (!tf.env().getBool("WASM_HAS_SIMD_SUPPORT")) throw new Error("tfjs-wasm runs without SIMD here");

  const kernel = tf.backend().wasm.cwrap("Softmax", null, ["number", "number", "number", "number"]);
  const address = (tensor) => tf.backend().dataIdMap.get(tensor.dataId).id;

  const composed =
    (op) =>
    ({ x, rows, cols }) => {
      const scores = tf.tensor2d(x, [rows, cols]);
      return { run: () => op(scores).dispose(), close: () => scores.dispose() };
    };
  const endToEnd =
    (op) =>
    ({ x, rows, cols }) => ({
      run() {
        const scores = tf.tensor2d(x, [rows, cols]);
        const result = op(scores);
        const out = result.dataSync();
        scores.dispose();
        result.dispose();
        return out;
      },
    });
  const attention = (row) => {
    const { q, k, v, hidden } = attentionData(row);
    const tensors = [q, k, v].map((x) => tf.tensor3d(x, [row.heads, x.length / row.heads / row.dim, row.dim]));
    if (hidden) tensors.push(tf.tensor2d(hidden, [row.queries, row.keys]));
    const call = () =>
      tf.tidy(() => {
        const [queries, keys, values, mask] = tensors;
        const scores = tf.matMul(queries, keys, false, true);
        return tf.matMul(tf.softmax(mask ? tf.add(scores, mask) : scores), values);
      });
    return { call, close: () => tf.dispose(tensors) };
  };
  const logSumExp = (scores) => tf.logSumExp(scores, 1);

  return {
    inside: {
      softmax({ x, rows, cols }) {
        const scores = tf.tensor2d(x, [rows, cols]);
        const result = tf.softmax(scores);
        const [from, to] = [address(scores), address(result)];
        return {
          run: () => kernel(from, to, cols, rows),
          close() {
            scores.dispose();
            result.dispose();
          },
        };
      },
      attention(row) {
        const { call, close } = attention(row);
        return { run: () => call().dispose(), close };
      },
      logSoftmax: composed(tf.logSoftmax),
      logSumExp: composed(logSumExp),
    },
    endToEnd: {
      softmax: endToEnd(tf.softmax),
      attention(row) {
        const { call, close } = attention(row);
        return { run: () => call().dataSync(), close };
      },
      logSoftmax: endToEnd(tf.logSoftmax),
      logSumExp: endToEnd(logSumExp),
    },
  };
}
