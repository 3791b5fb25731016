import * as check from "./check.js";
import {
  type GradientOption,
  type LossOutput,
  type LossRows,
  lossCall,
  type Reduction,
  runLoss,
  vjpOptions,
  type WithGradient,
} from "./loss.js";
import type { Runtime } from "./memory.js";
import type { Input, Into, OutOption, Output } from "./rows.js";

export interface DivergenceOptions<R> extends LossRows<R> {
  /** What the targets are: probabilities (default), or scores, of which the softmax counts. */
  target?: "probabilities" | "scores" | undefined;
  /** The divergence of the scores' probabilities from the targets, in place of the targets from those. */
  reverse?: boolean | undefined;
}

/** How far rows of probabilities are from others, and from being decided. */
export const divergences = (rt: Runtime) => {
  const { abi } = rt;

  const divergence = (
    op: string,
    kernel: "kl_divergence" | "distillation",
    x: unknown,
    targets: unknown,
    options: DivergenceOptions<Reduction> & WithGradient<GradientOption>,
    dloss?: unknown,
  ): never => {
    const { target, reverse } = check.options(op, options);
    const call = lossCall(op, "logits", x, options, dloss);
    const { outer, cols, inner, size } = call.shape;
    const kinds = ["probabilities", "scores"] as const;
    const scores = check.oneOf(op, "target", target, kinds, "probabilities") === "scores";
    const bits =
      (scores ? abi.LossRule_target_scores : 0) +
      (check.flag(op, "reverse", reverse) ? abi.LossRule_reverse_divergence : 0);
    const { data: q } = check.floats(op, "targets", targets, call.dtype);
    check.sameLength(op, "targets", q, size, "logits");
    return runLoss(rt, call, 5, [q], (m, { loss, dx, x, mask, dloss, tmp, rules }) => {
      const at = m.input("targets", q, size);
      abi[kernel](loss, dx, x, at, mask, dloss, tmp, outer, cols, inner, rules + bits, call.t);
    });
  };

  const entropy = (
    op: string,
    x: unknown,
    options: LossRows<Reduction> & WithGradient<GradientOption>,
    dloss?: unknown,
  ): never => {
    const call = lossCall(op, "logits", x, options, dloss);
    const { outer, cols, inner } = call.shape;
    return runLoss(rt, call, 2, [], (_, { loss, dx, x, mask, dloss, tmp, rules }) =>
      abi.entropy(loss, dx, x, mask, dloss, tmp, outer, cols, inner, rules, call.t),
    );
  };

  return {
    /**
     * How far the probabilities of the scores are from targets q, sum of q (log q - log p), in nats.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param targets probabilities or scores, shaped as logits
     * @param options rows and axis, mask, temperature, target, reverse, reduction, emptyMean, gradient
     * @returns a number, or for reduction "none" [rows]; with gradient { loss, gradient }
     * @throws as crossEntropy
     * @see Kullback and Leibler 1951
     */
    klDivergence: <X extends Input, R extends Reduction = "mean", G extends GradientOption = undefined>(
      logits: X,
      targets: Input,
      options: DivergenceOptions<R> & WithGradient<G> = {},
    ): LossOutput<X, R, G> => divergence("klDivergence", "kl_divergence", logits, targets, options),

    /**
     * The gradient of klDivergence with respect to its scores.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param targets as klDivergence takes them
     * @param dloss the gradient that arrives: a number, or for reduction "none" [rows]
     * @param options as klDivergence takes them, and out (may be logits)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as crossEntropy
     */
    klDivergenceVjp: <X extends Input, Out extends OutOption = undefined>(
      logits: X,
      targets: Input,
      dloss: number | Input,
      options: DivergenceOptions<Reduction> & Into<Out> = {},
    ): Output<X, Out> => {
      const op = "klDivergenceVjp";
      return divergence(op, "kl_divergence", logits, targets, vjpOptions(op, options), dloss);
    },

    /**
     * What a student has still to learn from a teacher: T² times the divergence of their probabilities at temperature T.
     *
     * @param logits scores of the student, [rows, cols] or any dims
     * @param teacher scores of the teacher, shaped as logits
     * @param options rows and axis, mask, temperature, reduction, emptyMean, gradient
     * @returns a number, or for reduction "none" [rows]; with gradient { loss, gradient }
     * @throws as crossEntropy
     * @see Hinton, Vinyals and Dean 2015
     */
    distillation: <X extends Input, R extends Reduction = "mean", G extends GradientOption = undefined>(
      logits: X,
      teacher: Input,
      options: LossRows<R> & WithGradient<G> = {},
    ): LossOutput<X, R, G> => divergence("distillation", "distillation", logits, teacher, options),

    /**
     * The gradient of distillation with respect to the student's scores.
     *
     * @param logits scores of the student, [rows, cols] or any dims
     * @param teacher scores of the teacher, shaped as logits
     * @param dloss the gradient that arrives: a number, or for reduction "none" [rows]
     * @param options as distillation takes them, and out (may be logits)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as crossEntropy
     */
    distillationVjp: <X extends Input, Out extends OutOption = undefined>(
      logits: X,
      teacher: Input,
      dloss: number | Input,
      options: LossRows<Reduction> & Into<Out> = {},
    ): Output<X, Out> => {
      const op = "distillationVjp";
      return divergence(op, "distillation", logits, teacher, vjpOptions(op, options), dloss);
    },

    /**
     * How undecided the probabilities of each row are, -sum of p log p, in nats.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param options rows and axis, mask, temperature, reduction, emptyMean, gradient
     * @returns a number, or for reduction "none" [rows]; with gradient { loss, gradient }
     * @throws as crossEntropy
     * @see Shannon 1948
     */
    entropy: <X extends Input, R extends Reduction = "mean", G extends GradientOption = undefined>(
      logits: X,
      options: LossRows<R> & WithGradient<G> = {},
    ): LossOutput<X, R, G> => entropy("entropy", logits, options),

    /**
     * The gradient of entropy with respect to its scores: -p (log p + H) / temperature.
     *
     * @param logits scores, [rows, cols] or any dims
     * @param dloss the gradient that arrives: a number, or for reduction "none" [rows]
     * @param options as entropy takes them, and out (may be logits)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as crossEntropy
     */
    entropyVjp: <X extends Input, Out extends OutOption = undefined>(
      logits: X,
      dloss: number | Input,
      options: LossRows<Reduction> & Into<Out> = {},
    ): Output<X, Out> => entropy("entropyVjp", logits, vjpOptions("entropyVjp", options), dloss),
  };
};
