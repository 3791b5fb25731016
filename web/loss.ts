// What every loss shares: its options, what it gives back, and the way of a call through a frame.
import * as check from "./check.js";
import * as checkLoss from "./checkloss.js";
import type { Floats, Frame, Runtime, Tensor } from "./memory.js";
import { deliver, type Into, type OutOption, type Output, type Rows, rowsOf } from "./rows.js";

export type Reduction = (typeof checkLoss.reductions)[number];
/** Where the gradient goes: true for a new Float32Array. */
export type GradientOption = OutOption | true;
export type Targets = checkLoss.Classes | Tensor<checkLoss.Classes>;

/** How the losses of rows become what a call gives back. */
export interface Reduced<R> {
  /** The mean of all rows that count (default), their sum, or each row's own. */
  reduction?: R | undefined;
  /** The mean of no rows: NaN (default), or 0. */
  emptyMean?: "nan" | "zero" | undefined;
}

export interface LossRows<R> extends Rows, Reduced<R> {
  /** Bytes, 1 = keep: one per score, or one per class for all rows. A masked score is never read. */
  mask?: Uint8Array | undefined;
  /** Divides the scores: one number above 0. */
  temperature?: number | undefined;
}

export interface WithGradient<G> {
  /** Where the gradient with respect to the scores goes, made in the same pass: an array (may be the scores), or true. */
  gradient?: G | undefined;
}

type Value<X, R> = R extends "none" ? Output<X, undefined> : number;
type Gradient<X, G> = Output<X, G extends true ? undefined : G>;
/** A number, or for "none" one for each row; with a gradient both. */
export type LossOutput<X, R, G> = [G] extends [undefined]
  ? Value<X, R>
  : { loss: Value<X, R>; gradient: Gradient<X, G> };

/** The options of a vjp: its out is where the gradient goes. */
export const vjpOptions = <T extends object>(op: string, options: T & Into<unknown>) => {
  const { out, ...rest } = check.options(op, options);
  return { ...rest, gradient: out as GradientOption | undefined };
};

/** The scores of a loss and what goes with them, checked: everything of the caller's is read here, and only once. */
export const lossCall = (
  op: string,
  name: string,
  x: unknown,
  options: LossRows<Reduction> & WithGradient<GradientOption>,
  dloss?: unknown,
  perScore = false,
) => {
  const { mask, temperature, reduction, emptyMean, gradient } = check.options(op, options);
  const { data, shape, dtype, dims } = rowsOf(op, name, x, options);
  const keep = check.keepMask(op, mask, shape);
  const t = checkLoss.lossTemperature(op, temperature);
  const reduce = check.oneOf(op, "reduction", reduction, checkLoss.reductions, "mean");
  const empty = check.oneOf(op, "emptyMean", emptyMean, checkLoss.emptyMeans, "nan");
  const losses = reduce !== "none" ? 1 : perScore ? shape.size : shape.rows;
  const arrives = dloss === undefined ? undefined : checkLoss.arriving(op, dloss, losses, dtype);
  return { op, name, data, shape, dtype, dims, keep, t, reduce, empty, losses, perScore, gradient, arrives };
};
export type LossCall = ReturnType<typeof lossCall>;

/** Where the parts of a call are inside the module; what is not there is 0, which is null. */
export interface LossPlaces {
  loss: number;
  dx: number;
  x: number;
  mask: number;
  dloss: number;
  tmp: number;
  rules: number;
}

/** Calls kernel with everything in place, and scratch of so many rows. Without a gradient there is a value, and with `arrives` there is none. */
export const runLoss = (
  { abi, frame }: Runtime,
  call: LossCall,
  lines: number,
  inputs: Floats[],
  kernel: (m: Frame, at: LossPlaces) => void,
): never => {
  const { op, data, shape, keep, gradient, arrives } = call;
  const vjp = arrives !== undefined;
  const asked = vjp || gradient !== undefined;
  const out = gradient === true ? undefined : gradient;
  const to = check.placeFor(op, vjp ? "out" : "gradient", out, shape.size, [data, call.dtype, ...inputs]);
  const rules =
    (call.reduce === "mean" ? abi.LossRule_mean_of_rows : call.reduce === "sum" ? abi.LossRule_sum_of_rows : 0) +
    (call.empty === "zero" ? abi.LossRule_zero_mean : 0) +
    (keep !== undefined && keep.length !== shape.size ? abi.Rule_shared_mask : 0);
  // Of call's parts this captures none of its own: engines make a large closure slowly.
  return frame(op, (m) => {
    const { data, shape, keep, reduce, losses, dims } = call;
    const room = asked ? m.room(to, data, shape.size) : undefined;
    const x = m.input(call.name, data, shape.size);
    const at: LossPlaces = {
      loss: vjp ? 0 : m.take(losses * 4),
      dx: asked ? (room ?? x) : 0,
      x,
      mask: keep === undefined ? 0 : m.bytes(check.keepMask(call.op, keep, shape) as Uint8Array), // its length may have changed
      dloss: vjp ? m.input("dloss", call.arrives as Floats, losses) : 0,
      tmp: m.take(lines * shape.cols * 4),
      rules,
    };
    kernel(m, at);
    const dx: unknown = asked && deliver(m, at.dx, to, out, shape.size, dims);
    if (vjp) return dx as never;
    const own = call.perScore ? dims : check.without(dims, shape.axis);
    const loss: unknown =
      reduce === "none" ? deliver(m, at.loss, undefined, undefined, losses, own) : m.number(at.loss);
    return (asked ? { loss, gradient: dx } : loss) as never;
  });
};
