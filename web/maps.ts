import * as check from "./check.js";
import type { Bytes } from "./formats.js";
import { type Floats, isResident, type Runtime } from "./memory.js";
import {
  candidates,
  counted,
  deliver,
  type Input,
  type MapOptions,
  mapping,
  type OutOption,
  type Output,
  place,
  settled,
  type VjpOptions,
} from "./rows.js";

/** Rows of scores become rows of probabilities, or their logarithms. */
export const maps = (rt: Runtime) => {
  const { abi } = rt;
  const { map, vjp } = mapping(rt);

  return {
    /**
     * Probabilities in proportion to exp(x / temperature), row by row.
     *
     * @param x scores, [rows, cols] or any dims
     * @param options rows and axis, temperature, mask, what holds in edge rows, out
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws RangeError when sizes do not fit, a temperature is negative or NaN, or with emptyRow "throw" a row has no
     *   candidate; TypeError when an argument is of the wrong kind; ReferenceError when a Resident has been freed
     * @see Bridle 1990
     */
    softmax: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      options: MapOptions<Out> = {},
    ): Output<X, Out, Bytes> => map("softmax", abi.softmax, x, options),

    /**
     * The gradient of softmax with respect to its scores: y (dy - <y, dy>) / temperature, row by row.
     *
     * @param y what softmax returned, [rows, cols] or any dims
     * @param dy the gradient that arrives at y, shaped as y; not read where y is 0
     * @param options rows and axis, temperature, x and its masks where rows are empty or infinite, out (may be y or dy)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as softmax
     */
    softmaxVjp: <X extends Input, Out extends OutOption = undefined>(
      y: X,
      dy: Input,
      options: VjpOptions<Out> = {},
    ): Output<X, Out> => vjp("softmaxVjp", abi.softmax_vjp, y, dy, options),

    /**
     * Logarithms of the probabilities, in nats: x / temperature minus its log-sum-exp, row by row. Exact to hundreds
     * below zero, where a probability would have become 0.
     *
     * @param x scores, [rows, cols] or any dims
     * @param options as softmax takes them
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as softmax
     * @see Blanchard, Higham and Higham 2021
     */
    logSoftmax: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      options: MapOptions<Out> = {},
    ): Output<X, Out> => map("logSoftmax", abi.log_softmax, x, options),

    /**
     * The gradient of logSoftmax with respect to its scores: (dy - exp(y) sum dy) / temperature, row by row.
     *
     * @param y what logSoftmax returned, [rows, cols] or any dims
     * @param dy the gradient that arrives at y, shaped as y; not read where y is -Infinity
     * @param options rows and axis, temperature, x and its masks where rows are empty or infinite, out (may be y or dy)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as softmax
     */
    logSoftmaxVjp: <X extends Input, Out extends OutOption = undefined>(
      y: X,
      dy: Input,
      options: VjpOptions<Out> = {},
    ): Output<X, Out> => vjp("logSoftmaxVjp", abi.log_softmax_vjp, y, dy, options),

    /**
     * The logarithm of the sum of exp(x / temperature), in nats, for each row.
     *
     * @param x scores, [rows, cols] or any dims
     * @param options as softmax takes them; a row without a candidate gives -Infinity whatever emptyRow says
     * @returns out, or a new Float32Array, [rows]; a tensor without the axis for a tensor
     * @throws as softmax
     * @see Blanchard, Higham and Higham 2021
     */
    logSumExp: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      options: MapOptions<Out> = {},
    ): Output<X, Out> => {
      const { out } = check.options("logSumExp", options);
      const call = candidates("logSumExp", x, options);
      const { data, shape, dtype, dims } = call;
      const to = check.output("logSumExp", out, shape.rows, data, dtype);
      return counted(rt, call, (m) => {
        const lse = m.output(to, shape.rows);
        const at = place(rt, m, call, undefined, true);
        abi.log_sum_exp(lse, at.x, at.mask, at.t, shape.outer, shape.cols, shape.inner, at.bits);
        return deliver(m, lse, to, out, shape.rows, check.without(dims, shape.axis));
      });
    },

    /**
     * The gradient of logSumExp with respect to its scores: softmax(x) dlse / temperature, row by row.
     *
     * @param x the scores logSumExp was given, [rows, cols] or any dims
     * @param dlse the gradient that arrives, [rows]
     * @param options as softmax takes them
     * @returns out, or a new Float32Array, shaped as x; a tensor for a tensor
     * @throws as softmax
     */
    logSumExpVjp: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      dlse: Input,
      options: MapOptions<Out> = {},
    ): Output<X, Out> => {
      const op = "logSumExpVjp";
      const { out } = check.options(op, options);
      // Nothing moves the log-sum-exp of a row without a candidate: its probabilities count as 0.
      const call = candidates(op, x, options, "zero");
      if (call.empty === "uniform") call.empty = "zero";
      const { data, shape, dtype, dims } = call;
      const { data: incoming } = check.floats(op, "dlse", dlse, dtype);
      check.sameLength(op, "dlse", incoming, shape.rows, "the number of rows is");
      const to: Floats | undefined = check.output(op, out, shape.size, data, incoming, dtype);
      return counted(rt, call, (m) => {
        const room = m.room(to, data, shape.size);
        // Rows of one score may have the gradients that arrive in the place of the result, where softmax goes first.
        const g = m.input("dlse", incoming === to && isResident(to) ? to.read() : incoming, shape.rows);
        const at = place(rt, m, call, room);
        const dx = room ?? at.x;
        const warm = call.infinite === "limit" ? settled(rt, m, call, at) : at; // before softmax is written over x
        abi.softmax(dx, at.x, at.mask, at.t, shape.outer, shape.cols, shape.inner, at.bits);
        abi.log_sum_exp_vjp(dx, dx, g, warm.t, shape.outer, shape.cols, shape.inner, warm.bits);
        return deliver(m, dx, to, out, shape.size, dims);
      });
    },
  };
};
