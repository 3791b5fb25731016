import * as check from "./check.js";
import * as checkLoss from "./checkloss.js";
import {
  type GradientOption,
  type LossOutput,
  type LossRows,
  lossCall,
  type Reduced,
  type Reduction,
  runLoss,
  type Targets,
  vjpOptions,
  type WithGradient,
} from "./loss.js";
import type { Runtime } from "./memory.js";
import type { Input, Into, OutOption, Output, Rows } from "./rows.js";

export interface CrossEntropyOptions<R> extends LossRows<R> {
  /** A factor for each class, [cols], from 0 on. */
  weight?: ArrayLike<number> | undefined;
  /** Rows with this target do not count; any whole number, default -100. */
  ignoreIndex?: number | undefined;
  /** The part of every target that all classes share, 0 to 1: with two classes 0.1 makes of (1, 0) (0.95, 0.05). */
  labelSmoothing?: number | undefined;
  /** Factor of the squared log-sum-exp, which holds the scores near 0. */
  zLoss?: number | undefined;
  /** A target that the mask removes: an infinite loss (default), or a RangeError. */
  maskedTarget?: "inf" | "throw" | undefined;
}

export interface FocalOptions<R> extends LossRows<R>, Pick<CrossEntropyOptions<R>, "weight" | "ignoreIndex"> {
  /** How far it looks away, from 0 (cross-entropy) on; default 2. */
  gamma?: number | undefined;
}

export interface BinaryOptions<R> extends Rows, Reduced<R> {
  /** A factor for each entry of a row, [cols], from 0 on. */
  weight?: ArrayLike<number> | undefined;
  /** A further factor of its yes, [cols], from 0 on. */
  posWeight?: ArrayLike<number> | undefined;
}

export interface SparseOptions<R> extends LossRows<R>, Pick<CrossEntropyOptions<R>, "ignoreIndex"> {}

export interface EntmaxOptions<R> extends SparseOptions<R> {
  /** How sparse: 1 is softmax, 2 sparsemax; above 0, default 1.5. */
  alpha?: number | undefined;
}

/** One number for each row of scores, to be made small. */
export const losses = (rt: Runtime) => {
  const { abi } = rt;

  const crossEntropy = (
    op: string,
    x: unknown,
    targets: unknown,
    options: CrossEntropyOptions<Reduction> & WithGradient<GradientOption>,
    dloss?: unknown,
  ): never => {
    const { weight, ignoreIndex, labelSmoothing, zLoss, maskedTarget } = check.options(op, options);
    const call = lossCall(op, "logits", x, options, dloss);
    const { shape, keep } = call;
    const w = checkLoss.weights(op, "weight", weight, shape.cols, "the number of classes is");
    const smoothing = checkLoss.between(op, "labelSmoothing", labelSmoothing, 0, 0, 1);
    const square = checkLoss.between(op, "zLoss", zLoss, 0, 0, Number.POSITIVE_INFINITY);
    const strict = check.oneOf(op, "maskedTarget", maskedTarget, checkLoss.maskedTargets, "inf") === "throw";
    const ignored = checkLoss.wholeNumber(op, "ignoreIndex", ignoreIndex === undefined ? -100 : ignoreIndex);
    if (checkLoss.areClasses(targets, shape.rows, shape.size)) {
      const y = checkLoss.classes(op, "targets", targets, shape.rows, shape.cols, ignored);
      if (strict && keep !== undefined) checkLoss.keptTargets(op, "targets", y, keep, shape);
      return runLoss(rt, call, 3, [], (m, { loss, dx, x, mask, dloss, tmp, rules }) => {
        const { t, shape } = call;
        const { outer, cols, inner } = shape;
        const factors = w === undefined ? 0 : m.input("weight", w, w.length);
        const at = m.integers(y);
        abi.cross_entropy(loss, dx, x, at, mask, factors, dloss, tmp, outer, cols, inner, rules, t, smoothing, square);
      });
    }
    const { data: q } = check.floats(op, "targets", targets, call.dtype);
    check.sameLength(op, "targets", q, shape.size, "logits");
    return runLoss(rt, call, 3, [q], (m, { loss, dx, x, mask, dloss, tmp, rules }) => {
      const { t, shape } = call;
      const { outer, cols, inner } = shape;
      const factors = w === undefined ? 0 : m.input("weight", w, w.length);
      const at = m.input("targets", q, shape.size);
      abi.cross_entropy_soft(
        loss,
        dx,
        x,
        at,
        mask,
        factors,
        dloss,
        tmp,
        outer,
        cols,
        inner,
        rules,
        t,
        smoothing,
        square,
      );
    });
  };

  const focalLoss = (
    op: string,
    x: unknown,
    targets: unknown,
    options: FocalOptions<Reduction> & WithGradient<GradientOption>,
    dloss?: unknown,
  ): never => {
    const { weight, ignoreIndex, gamma } = check.options(op, options);
    const call = lossCall(op, "logits", x, options, dloss);
    const { outer, rows, cols, inner } = call.shape;
    const w = checkLoss.weights(op, "weight", weight, cols, "the number of classes is");
    const focus = checkLoss.between(op, "gamma", gamma, 2, 0, Number.POSITIVE_INFINITY);
    const ignored = checkLoss.wholeNumber(op, "ignoreIndex", ignoreIndex === undefined ? -100 : ignoreIndex);
    const y = checkLoss.classes(op, "targets", targets, rows, cols, ignored);
    return runLoss(rt, call, 2, [], (m, { loss, dx, x, mask, dloss, tmp, rules }) => {
      const factors = w === undefined ? 0 : m.input("weight", w, w.length);
      const at = m.integers(y);
      abi.focal_loss(loss, dx, x, at, mask, factors, dloss, tmp, outer, cols, inner, rules, call.t, focus);
    });
  };

  const binaryCrossEntropy = (
    op: string,
    x: unknown,
    targets: unknown,
    options: BinaryOptions<Reduction> & WithGradient<GradientOption>,
    dloss?: unknown,
  ): never => {
    const { weight, posWeight } = check.options(op, options);
    const call = lossCall(op, "logits", x, options, dloss, true);
    const { outer, cols, inner, size } = call.shape;
    const w = checkLoss.weights(op, "weight", weight, cols, "the length of a row is");
    const v = checkLoss.weights(op, "posWeight", posWeight, cols, "the length of a row is");
    const { data: q } = check.floats(op, "targets", targets, call.dtype);
    check.sameLength(op, "targets", q, size, "logits");
    return runLoss(rt, call, 0, [q], (m, { loss, dx, x, dloss, rules }) => {
      const [all, yes] = [w, v].map((f) => (f === undefined ? 0 : m.input("weight", f, f.length)));
      const at = m.input("targets", q, size);
      abi.binary_cross_entropy(loss, dx, x, at, all as number, yes as number, dloss, outer, cols, inner, rules);
    });
  };

  const entmaxLoss = (
    op: string,
    x: unknown,
    targets: unknown,
    alpha: unknown,
    options: SparseOptions<Reduction> & WithGradient<GradientOption>,
    dloss?: unknown,
  ): never => {
    const { ignoreIndex } = check.options(op, options);
    const call = lossCall(op, "logits", x, options, dloss);
    const { outer, rows, cols, inner } = call.shape;
    const power = checkLoss.alpha(op, alpha);
    const ignored = checkLoss.wholeNumber(op, "ignoreIndex", ignoreIndex === undefined ? -100 : ignoreIndex);
    const y = checkLoss.classes(op, "targets", targets, rows, cols, ignored);
    return runLoss(rt, call, 2, [], (m, { loss, dx, x, mask, dloss, tmp, rules }) => {
      const at = m.integers(y);
      if (alpha === 2) abi.sparsemax_loss(loss, dx, x, at, mask, dloss, tmp, outer, cols, inner, rules, call.t);
      else abi.entmax_loss(loss, dx, x, at, mask, dloss, tmp, outer, cols, inner, rules, call.t, power);
    });
  };

  return {
    /**
     * How improbable the class of each row is, -log p of it, in nats; of soft targets q the sum of -q log p. Exact
     * however small it is. With `gradient` the gradient p - q is made in the same pass.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param targets a class for each row, [rows]: integers, BigInt too; or a weight for each score, shaped as logits,
     *   which need not sum to 1. An array of numbers is of classes when it holds one for each row
     * @param options rows and axis, mask, temperature, weight, ignoreIndex (classes only), labelSmoothing, zLoss,
     *   reduction, emptyMean, gradient. A mean divides by the weights of the classes, with soft targets by the number of rows
     * @returns a number, or for reduction "none" [rows]; with gradient { loss, gradient }
     * @throws RangeError when sizes do not fit, a target is no class, a weight is negative, or a number is out of its range;
     *   TypeError when an argument is of the wrong kind; ReferenceError when a Resident has been freed
     * @see Bridle 1990
     */
    crossEntropy: <X extends Input, R extends Reduction = "mean", G extends GradientOption = undefined>(
      logits: X,
      targets: Targets | Input,
      options: CrossEntropyOptions<R> & WithGradient<G> = {},
    ): LossOutput<X, R, G> => crossEntropy("crossEntropy", logits, targets, options),

    /**
     * The gradient of crossEntropy with respect to its scores; at the target -(1 - p) without cancellation.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param targets as crossEntropy takes them
     * @param dloss the gradient that arrives: a number, or for reduction "none" [rows]
     * @param options as crossEntropy takes them, and out (may be logits)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as crossEntropy
     */
    crossEntropyVjp: <X extends Input, Out extends OutOption = undefined>(
      logits: X,
      targets: Targets | Input,
      dloss: number | Input,
      options: CrossEntropyOptions<Reduction> & Into<Out> = {},
    ): Output<X, Out> => {
      const op = "crossEntropyVjp";
      return crossEntropy(op, logits, targets, vjpOptions(op, options), dloss);
    },

    /**
     * Cross-entropy times (1 - p)^gamma, which looks away from what is probable already.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param targets a class for each row, [rows]
     * @param options as crossEntropy takes them, without smoothing and zLoss, and gamma
     * @returns a number, or for reduction "none" [rows]; with gradient { loss, gradient }
     * @throws as crossEntropy
     * @see Lin et al. 2017
     */
    focalLoss: <X extends Input, R extends Reduction = "mean", G extends GradientOption = undefined>(
      logits: X,
      targets: Targets,
      options: FocalOptions<R> & WithGradient<G> = {},
    ): LossOutput<X, R, G> => focalLoss("focalLoss", logits, targets, options),

    /**
     * The gradient of focalLoss with respect to its scores.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param targets a class for each row, [rows]
     * @param dloss the gradient that arrives: a number, or for reduction "none" [rows]
     * @param options as focalLoss takes them, and out (may be logits)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as crossEntropy
     */
    focalLossVjp: <X extends Input, Out extends OutOption = undefined>(
      logits: X,
      targets: Targets,
      dloss: number | Input,
      options: FocalOptions<Reduction> & Into<Out> = {},
    ): Output<X, Out> => {
      const op = "focalLossVjp";
      return focalLoss(op, logits, targets, vjpOptions(op, options), dloss);
    },

    /**
     * How improbable yes or no is for each score alone, -q log σ(x) - (1 - q) log σ(-x), in nats; from the scores, so that
     * it neither overflows nor cancels.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param targets the part of yes, in [0, 1], shaped as logits
     * @param options rows and axis (the factors lie along it), weight and posWeight, [cols], reduction (over all scores),
     *   emptyMean, gradient
     * @returns a number, or for reduction "none" one for each score; with gradient { loss, gradient }
     * @throws as crossEntropy
     * @see Cox 1958
     */
    binaryCrossEntropy: <X extends Input, R extends Reduction = "mean", G extends GradientOption = undefined>(
      logits: X,
      targets: Input,
      options: BinaryOptions<R> & WithGradient<G> = {},
    ): LossOutput<X, R, G> => binaryCrossEntropy("binaryCrossEntropy", logits, targets, options),

    /**
     * The gradient of binaryCrossEntropy with respect to its scores.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param targets the part of yes, shaped as logits
     * @param dloss the gradient that arrives: a number, or for reduction "none" one for each score
     * @param options as binaryCrossEntropy takes them, and out (may be logits)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as crossEntropy
     */
    binaryCrossEntropyVjp: <X extends Input, Out extends OutOption = undefined>(
      logits: X,
      targets: Input,
      dloss: number | Input,
      options: BinaryOptions<Reduction> & Into<Out> = {},
    ): Output<X, Out> => {
      const op = "binaryCrossEntropyVjp";
      return binaryCrossEntropy(op, logits, targets, vjpOptions(op, options), dloss);
    },

    /**
     * The loss whose gradient is sparsemax minus the class; exactly 0 where the class leads by 1 or more.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param targets a class for each row, [rows]
     * @param options rows and axis, mask, temperature, ignoreIndex, reduction, emptyMean, gradient
     * @returns a number, or for reduction "none" [rows]; with gradient { loss, gradient }
     * @throws as crossEntropy
     * @see Martins and Astudillo 2016
     */
    sparsemaxLoss: <X extends Input, R extends Reduction = "mean", G extends GradientOption = undefined>(
      logits: X,
      targets: Targets,
      options: SparseOptions<R> & WithGradient<G> = {},
    ): LossOutput<X, R, G> => entmaxLoss("sparsemaxLoss", logits, targets, 2, options),

    /**
     * The gradient of sparsemaxLoss with respect to its scores.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param targets a class for each row, [rows]
     * @param dloss the gradient that arrives: a number, or for reduction "none" [rows]
     * @param options as sparsemaxLoss takes them, and out (may be logits)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as crossEntropy
     */
    sparsemaxLossVjp: <X extends Input, Out extends OutOption = undefined>(
      logits: X,
      targets: Targets,
      dloss: number | Input,
      options: SparseOptions<Reduction> & Into<Out> = {},
    ): Output<X, Out> => {
      const op = "sparsemaxLossVjp";
      return entmaxLoss(op, logits, targets, 2, vjpOptions(op, options), dloss);
    },

    /**
     * The loss whose gradient is alpha-entmax minus the class: cross-entropy at alpha 1, sparsemaxLoss at 2.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param targets a class for each row, [rows]
     * @param options as sparsemaxLoss takes them, and alpha, a number above 0, default 1.5
     * @returns a number, or for reduction "none" [rows]; with gradient { loss, gradient }
     * @throws as crossEntropy
     * @see Blondel, Martins and Niculae 2020
     */
    entmaxLoss: <X extends Input, R extends Reduction = "mean", G extends GradientOption = undefined>(
      logits: X,
      targets: Targets,
      options: EntmaxOptions<R> & WithGradient<G> = {},
    ): LossOutput<X, R, G> =>
      entmaxLoss("entmaxLoss", logits, targets, check.options("entmaxLoss", options).alpha, options),

    /**
     * The gradient of entmaxLoss with respect to its scores.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param targets a class for each row, [rows]
     * @param dloss the gradient that arrives: a number, or for reduction "none" [rows]
     * @param options as entmaxLoss takes them, and out (may be logits)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as crossEntropy
     */
    entmaxLossVjp: <X extends Input, Out extends OutOption = undefined>(
      logits: X,
      targets: Targets,
      dloss: number | Input,
      options: EntmaxOptions<Reduction> & Into<Out> = {},
    ): Output<X, Out> => {
      const op = "entmaxLossVjp";
      const { alpha, ...rest } = vjpOptions(op, options);
      return entmaxLoss(op, logits, targets, alpha, rest, dloss);
    },
  };
};
