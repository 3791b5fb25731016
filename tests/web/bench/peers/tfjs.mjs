import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";

/**
 * TensorFlow.js on its wasm backend, SIMD build, one thread. See suite.mjs for what a contestant
 * is.
 *
 * "inside" calls the backend's own compiled softmax on tensors that already lie in its memory, so
 * neither tensor bookkeeping nor copies are counted. log-softmax and log-sum-exp have no kernel
 * there: tfjs-core puts them together from max, subtract, exp, sum and log, and "inside" is that
 * whole, without reading the result.
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
      logSoftmax: composed(tf.logSoftmax),
      logSumExp: composed(logSumExp),
    },
    endToEnd: {
      softmax: endToEnd(tf.softmax),
      logSoftmax: endToEnd(tf.logSoftmax),
      logSumExp: endToEnd(logSumExp),
    },
  };
}
