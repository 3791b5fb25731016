import * as check from "./check.js";
import * as checkLoss from "./checkloss.js";
import {
  type GradientOption,
  type LossOutput,
  type LossRows,
  lossCall,
  type Reduction,
  runLoss,
  type Targets,
  vjpOptions,
  type WithGradient,
} from "./loss.js";
import type { Runtime } from "./memory.js";
import type { Input, Into, OutOption, Output } from "./rows.js";

export interface PolicyOptions<R> extends LossRows<R> {
  /** Factor of the entropy that is sought, from 0 (default) on. */
  entropyBonus?: number | undefined;
}

/** Heads of policies that are learned: rows of scores are preferences among actions. */
export const policy = (rt: Runtime) => {
  const { abi } = rt;

  const logProbability = (
    op: string,
    x: unknown,
    actions: unknown,
    options: LossRows<Reduction> & WithGradient<GradientOption>,
    dloss?: unknown,
  ): never => {
    const call = lossCall(op, "logits", x, options, dloss);
    const { outer, rows, cols, inner } = call.shape;
    const a = checkLoss.classes(op, "actions", actions, rows, cols, undefined);
    return runLoss(rt, call, 2, [], (m, { loss, dx, x, mask, dloss, tmp, rules }) =>
      abi.log_probability(loss, dx, x, m.integers(a), mask, dloss, tmp, outer, cols, inner, rules, call.t),
    );
  };

  const policyGradient = (
    op: string,
    x: unknown,
    actions: unknown,
    advantages: unknown,
    options: PolicyOptions<Reduction> & WithGradient<GradientOption>,
    dloss?: unknown,
  ): never => {
    const { entropyBonus } = check.options(op, options);
    const call = lossCall(op, "logits", x, options, dloss);
    const { outer, rows, cols, inner } = call.shape;
    const bonus = checkLoss.between(op, "entropyBonus", entropyBonus, 0, 0, Number.POSITIVE_INFINITY);
    const a = checkLoss.classes(op, "actions", actions, rows, cols, undefined);
    const { data: better } = check.floats(op, "advantages", advantages, call.dtype);
    check.sameLength(op, "advantages", better, rows, "the number of rows is");
    return runLoss(rt, call, 2, [better], (m, { loss, dx, x, mask, dloss, tmp, rules }) => {
      const [at, gain] = [m.integers(a), m.input("advantages", better, rows)];
      abi.policy_gradient(loss, dx, x, at, gain, mask, dloss, tmp, outer, cols, inner, rules, call.t, bonus);
    });
  };

  return {
    /**
     * The log-probability of the action taken in each row, in nats; -Infinity where it is masked.
     *
     * @param logits scores of the actions, [rows, cols] or any dims
     * @param actions which was taken in each row, [rows]: whole numbers
     * @param options rows and axis, mask (1 = the action can be taken), temperature, reduction, emptyMean, gradient
     * @returns a number, or for reduction "none" [rows]; with gradient { loss, gradient }
     * @throws as crossEntropy
     * @see Williams 1992
     */
    logProbability: <X extends Input, R extends Reduction = "mean", G extends GradientOption = undefined>(
      logits: X,
      actions: Targets,
      options: LossRows<R> & WithGradient<G> = {},
    ): LossOutput<X, R, G> => logProbability("logProbability", logits, actions, options),

    /**
     * The gradient of logProbability with respect to its scores: (e_a - p) / temperature.
     *
     * @param logits scores of the actions, [rows, cols] or any dims
     * @param actions which was taken in each row, [rows]
     * @param dloss the gradient that arrives: a number, or for reduction "none" [rows]
     * @param options as logProbability takes them, and out (may be logits)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as crossEntropy
     */
    logProbabilityVjp: <X extends Input, Out extends OutOption = undefined>(
      logits: X,
      actions: Targets,
      dloss: number | Input,
      options: LossRows<Reduction> & Into<Out> = {},
    ): Output<X, Out> => {
      const op = "logProbabilityVjp";
      return logProbability(op, logits, actions, vjpOptions(op, options), dloss);
    },

    /**
     * The loss that descends along the policy gradient: -advantage log p of the action taken, minus entropyBonus times the
     * entropy of the row.
     *
     * @param logits scores of the actions, [rows, cols] or any dims
     * @param actions which was taken in each row, [rows]: whole numbers
     * @param advantages how much better it was than expected, [rows]
     * @param options rows and axis, mask (1 = the action can be taken), temperature, entropyBonus, reduction, emptyMean, gradient
     * @returns a number, or for reduction "none" [rows]; with gradient { loss, gradient }
     * @throws as crossEntropy
     * @see Williams 1992
     */
    policyGradient: <X extends Input, R extends Reduction = "mean", G extends GradientOption = undefined>(
      logits: X,
      actions: Targets,
      advantages: Input,
      options: PolicyOptions<R> & WithGradient<G> = {},
    ): LossOutput<X, R, G> => policyGradient("policyGradient", logits, actions, advantages, options),

    /**
     * The gradient of policyGradient with respect to its scores.
     *
     * @param logits scores of the actions, [rows, cols] or any dims
     * @param actions which was taken in each row, [rows]
     * @param advantages how much better it was than expected, [rows]
     * @param dloss the gradient that arrives: a number, or for reduction "none" [rows]
     * @param options as policyGradient takes them, and out (may be logits)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as crossEntropy
     */
    policyGradientVjp: <X extends Input, Out extends OutOption = undefined>(
      logits: X,
      actions: Targets,
      advantages: Input,
      dloss: number | Input,
      options: PolicyOptions<Reduction> & Into<Out> = {},
    ): Output<X, Out> => {
      const op = "policyGradientVjp";
      return policyGradient(op, logits, actions, advantages, vjpOptions(op, options), dloss);
    },
  };
};
