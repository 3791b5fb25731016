import * as check from "./check.js";
import type { Bytes } from "./formats.js";
import type { Runtime } from "./memory.js";
import {
  alphaRule,
  type Candidates,
  candidates,
  counted,
  deliver,
  type Input,
  type Into,
  type MapKernel,
  type MapOptions,
  mapping,
  type OutOption,
  type Output,
  place,
  type Rows,
  rowsOf,
  type VjpOptions,
  type Warm,
} from "./rows.js";

/** Which map of the family: 1 is softmax, 1.5 entmax15, 2 sparsemax; a number above 0, or one per row. */
export interface Alpha {
  alpha?: number | ArrayLike<number> | undefined;
}

/** Five numbers of each row, [rows] each. */
export interface RowStats {
  /** The largest score. */
  max: Float32Array;
  /** The logarithm of the sum of exp(x / temperature), in nats. */
  logSumExp: Float32Array;
  /** The entropy of softmax(x / temperature), in nats. */
  entropy: Float32Array;
  /** The largest score less the second largest; Infinity where there is no second. */
  margin: Float32Array;
  /** How many scores are neither masked nor -Infinity. */
  support: Float32Array;
}

/** Maps under which most of a row gets exactly nothing, hardmax at their end, and what a row is like before. */
export const sparse = (rt: Runtime) => {
  const { abi, frame } = rt;
  const { map, vjp } = mapping(rt);

  return {
    /**
     * The probabilities nearest to x / temperature, many of them exactly 0: max(x / temperature - tau, 0) with tau such
     * that they sum to 1, row by row.
     *
     * @param x scores, [rows, cols] or any dims
     * @param options rows and axis, temperature, mask, what holds in edge rows, out
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as softmax
     * @see Martins and Astudillo 2016
     */
    sparsemax: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      options: MapOptions<Out> = {},
    ): Output<X, Out, Bytes> => map("sparsemax", abi.sparsemax, x, options),

    /**
     * The gradient of sparsemax with respect to its scores: within the support dy less its mean, over temperature.
     *
     * @param y what sparsemax returned, [rows, cols] or any dims
     * @param dy the gradient that arrives at y, shaped as y; not read where y is 0
     * @param options rows and axis, temperature, x and its masks where rows are empty or infinite, out (may be y or dy)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as softmax
     */
    sparsemaxVjp: <X extends Input, Out extends OutOption = undefined>(
      y: X,
      dy: Input,
      options: VjpOptions<Out> = {},
    ): Output<X, Out> => vjp("sparsemaxVjp", abi.sparsemax_vjp, y, dy, options),

    /**
     * 1.5-entmax, between softmax and sparsemax: max(x / (2 temperature) - tau, 0)² with tau such that they sum to 1,
     * row by row.
     *
     * @param x scores, [rows, cols] or any dims
     * @param options as softmax takes them
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as softmax
     * @see Peters, Niculae and Martins 2019
     */
    entmax15: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      options: MapOptions<Out> = {},
    ): Output<X, Out, Bytes> => map("entmax15", abi.entmax15, x, options),

    /**
     * The gradient of entmax15 with respect to its scores: s (dy - <s, dy> / sum s) / temperature with s = sqrt(y).
     *
     * @param y what entmax15 returned, [rows, cols] or any dims
     * @param dy the gradient that arrives at y, shaped as y; not read where y is 0
     * @param options rows and axis, temperature, x and its masks where rows are empty or infinite, out (may be y or dy)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as softmax
     */
    entmax15Vjp: <X extends Input, Out extends OutOption = undefined>(
      y: X,
      dy: Input,
      options: VjpOptions<Out> = {},
    ): Output<X, Out> => vjp("entmax15Vjp", abi.entmax15_vjp, y, dy, options),

    /**
     * Entmax for any alpha: max((alpha - 1) x / temperature - tau, 0)^(1 / (alpha - 1)) with tau such that they sum to 1,
     * row by row. Softmax at 1, entmax15 at 1.5, sparsemax at 2, ever nearer to hardmax above.
     *
     * @param x scores, [rows, cols] or any dims
     * @param options alpha, above 0, one or one per row, 1.5 when left out; the others as softmax takes them
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as softmax; RangeError when an alpha is not above 0
     * @see Peters, Niculae and Martins 2019
     */
    entmax: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      options: MapOptions<Out> & Alpha = {},
    ): Output<X, Out, Bytes> => {
      const { alpha = 1.5 } = check.options("entmax", options);
      const kernel: MapKernel = (y, from, mask, t, outer, cols, inner, rules, at) =>
        abi.entmax(y, from, mask, t, at, outer, cols, inner, rules);
      return map("entmax", kernel, x, options, alpha);
    },

    /**
     * The gradient of entmax with respect to its scores: s (dy - <s, dy> / sum s) / temperature with s = y^(2 - alpha)
     * where y is not 0.
     *
     * @param y what entmax returned, [rows, cols] or any dims
     * @param dy the gradient that arrives at y, shaped as y; not read where y is 0
     * @param options alpha as entmax was given it; the others as sparsemaxVjp takes them
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as entmax
     */
    entmaxVjp: <X extends Input, Out extends OutOption = undefined>(
      y: X,
      dy: Input,
      options: VjpOptions<Out> & Alpha = {},
    ): Output<X, Out> => {
      const { alpha = 1.5 } = check.options("entmaxVjp", options);
      const kernel: MapKernel = (dx, from, g, t, outer, cols, inner, rules, at) =>
        abi.entmax_vjp(dx, from, g, t, at, outer, cols, inner, rules);
      return vjp("entmaxVjp", kernel, y, dy, options, alpha);
    },

    /**
     * The gradient of entmax with respect to alpha, one number for each row.
     *
     * @param y what entmax returned, [rows, cols] or any dims
     * @param dy the gradient that arrives at y, shaped as y; not read where y is 0
     * @param options alpha as entmax was given it; rows and axis, out
     * @returns out, or a new Float32Array, [rows]; a tensor without the axis for a tensor
     * @throws as entmax
     * @see Correia, Niculae and Martins 2019
     */
    entmaxAlphaVjp: <X extends Input, Out extends OutOption = undefined>(
      y: X,
      dy: Input,
      options: Rows & Alpha & Into<Out> = {},
    ): Output<X, Out> => {
      const op = "entmaxAlphaVjp";
      const { out, alpha = 1.5 } = check.options(op, options);
      const { data, shape, dtype, dims } = rowsOf(op, "y", y, options);
      const { data: incoming } = check.floats(op, "dy", dy, dtype);
      check.sameLength(op, "dy", incoming, shape.size, "y");
      const own = check.alphas(op, alpha, shape.rows);
      const to = check.output(op, out, shape.rows, data, incoming, dtype);
      return frame(op, (m) => {
        const dalpha = m.output(to, shape.rows);
        const [p, g] = [m.input("y", data, shape.size), m.input("dy", incoming, shape.size)];
        const bits = alphaRule(abi, alpha);
        abi.entmax_alpha_vjp(dalpha, p, g, m.maybe("alpha", own), shape.outer, shape.cols, shape.inner, bits);
        return deliver(m, dalpha, to, out, shape.rows, check.without(dims, shape.axis));
      });
    },

    /**
     * All to the largest score of each row: the first of them, or with tie "split" all of them the same.
     *
     * @param x scores, [rows, cols] or any dims
     * @param options rows and axis, mask, tie, what holds in edge rows, out
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as softmax
     * @see ONNX operator Hardmax
     */
    hardmax: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      options: Rows & Candidates & Into<Out> = {},
    ): Output<X, Out, Bytes> => {
      const kernel: MapKernel = (y, from, mask, _t, outer, cols, inner, rules) =>
        abi.hardmax(y, from, mask, outer, cols, inner, rules);
      return map("hardmax", kernel, x, options);
    },

    /**
     * What softmax makes of each row, in five numbers: its largest score, log-sum-exp, entropy, margin and support.
     *
     * @param x scores, [rows, cols] or any dims
     * @param options rows and axis, temperature, mask, what holds in edge rows
     * @returns five arrays, [rows] each; a row with a NaN is NaN, and one without a candidate has the entropy 0
     * @throws as softmax
     * @see Shannon 1948
     */
    rowStats: (x: Input, options: Rows & Warm & Candidates = {}): RowStats => {
      const call = candidates("rowStats", x, options);
      const { shape } = call;
      return counted(rt, call, (m) => {
        const stats = m.take(5 * shape.rows * 4);
        const at = place(rt, m, call, undefined, true);
        abi.row_stats(stats, at.x, at.mask, at.t, shape.outer, shape.cols, shape.inner, at.bits);
        const part = (i: number) => m.result(stats + i * shape.rows * 4, undefined, shape.rows) as Float32Array;
        return { max: part(0), logSumExp: part(1), entropy: part(2), margin: part(3), support: part(4) };
      });
    },
  };
};
