import * as check from "./check.js";
import type { Resident, Runtime } from "./memory.js";
import {
  type Candidates,
  candidates,
  counted,
  deliver,
  type Input,
  type Into,
  type OutOption,
  type Output,
  place,
  type Rows,
  type Warm,
} from "./rows.js";

/** What a softmax has seen of its rows so far: peak = max x / t, total = sum exp(x / t - peak). Both [rows]. */
export interface SoftmaxState {
  peak: Float32Array;
  total: Float32Array;
}

type PieceOptions = Rows & Warm & Pick<Candidates, "mask" | "maskBelow">;

type EmptyPieces = {
  /**
   * A row without a candidate in any piece: default "zero" where something can be masked, otherwise "nan". A piece does
   * not know how many entries the others have, so that there is no "uniform".
   */
  emptyRow?: "zero" | "nan" | undefined;
};

/**
 * Partial results of a softmax that merge: its rows may be seen in chunks, or by several workers. They agree with the
 * whole while |x / temperature| is under 2²⁸: beyond, a float no longer tells scores one apart, and a peak is a float.
 */
export const states = (rt: Runtime) => {
  const { abi, frame } = rt;

  const piece = (op: string, x: unknown, options: PieceOptions & Candidates) => {
    const call = candidates(op, x, options);
    for (const t of call.t ?? []) {
      check.mergeable(op, t);
    }
    return call;
  };

  const softmaxStateMerge = (a: SoftmaxState, b: SoftmaxState, options: Into<SoftmaxState> = {}): SoftmaxState => {
    const op = "softmaxStateMerge";
    const { out } = check.options(op, options);
    const [p, q] = [check.state(op, "a", a), check.state(op, "b", b)];
    check.sameLength(op, "b.peak", q.peak, p.rows, "a.peak");
    const to = out === undefined ? undefined : check.state(op, "out", out);
    if (to) {
      const inputs = [p.peak, p.total, q.peak, q.total];
      check.placeFor(op, "out.peak", to.peak, p.rows, inputs);
      check.placeFor(op, "out.total", to.total, p.rows, inputs);
      if (check.overlap(to.peak, to.total)) throw check.wrongChoice(op, "out.total", to.total, "apart from out.peak");
    }
    return frame(op, (m) => {
      const [peak, total] = [m.input("a.peak", p.peak, p.rows), m.input("a.total", p.total, p.rows)];
      const other = [m.input("b.peak", q.peak, p.rows), m.input("b.total", q.total, p.rows)] as const;
      abi.softmax_state_merge(peak, total, peak, total, ...other, p.rows);
      const merged = { peak: m.result(peak, to?.peak, p.rows), total: m.result(total, to?.total, p.rows) };
      return out ?? merged;
    });
  };

  return {
    /**
     * The state of rows seen in pieces, after this piece. Folding pieces one after the other, or folding them apart and
     * merging, agrees with the softmax of the whole, while |x / temperature| is under 2²⁸ at the peak.
     *
     * @param x a piece of each row, [rows, cols] or any dims
     * @param options rows and axis, temperature (above 0, below Infinity), mask, and `state`: what was seen before
     * @returns the state, [rows] each: a new one
     * @throws as softmax
     * @see Milakov and Gimelshein 2018
     */
    softmaxStateFold(x: Input, options: PieceOptions & { state?: SoftmaxState | undefined } = {}): SoftmaxState {
      const op = "softmaxStateFold";
      const { state } = check.options(op, options);
      const call = piece(op, x, options);
      const { shape } = call;
      const before = state === undefined ? undefined : check.state(op, "state", state);
      if (before) check.sameLength(op, "state.peak", before.peak, shape.rows, "the number of rows is");
      const here = counted(rt, call, (m) => {
        const [peak, total] = [m.take(shape.rows * 4), m.take(shape.rows * 4)];
        const at = place(rt, m, call, undefined, true);
        abi.softmax_state_fold(peak, total, at.x, at.mask, at.t, shape.outer, shape.cols, shape.inner, at.bits);
        return {
          peak: m.result<Float32Array>(peak, undefined, shape.rows),
          total: m.result<Float32Array>(total, undefined, shape.rows),
        };
      });
      return before ? softmaxStateMerge(before, here, { out: here }) : here;
    },

    /**
     * The state of the rows made of both pieces, exact while |x / temperature| is under 2²⁸ in both.
     *
     * @param a a state, [rows]
     * @param b a state of other pieces of the same rows
     * @param options `out`, which may be a or b
     * @returns out, or a new state
     * @throws RangeError when they have different numbers of rows
     * @see Milakov and Gimelshein 2018, section 3.1
     */
    softmaxStateMerge,

    /**
     * The log-sum-exp of everything a state has seen, in nats; -Infinity where that is nothing. For |x / temperature|
     * under 2²⁸.
     *
     * @param state [rows]
     * @param options `out`, [rows]
     * @returns out, or a new Float32Array, [rows]
     * @throws RangeError when sizes do not fit
     */
    softmaxStateRead<Out extends Float32Array | Resident | undefined = undefined>(
      state: SoftmaxState,
      options: Into<Out> = {},
    ): Output<Float32Array, Out> {
      const op = "softmaxStateRead";
      const { out } = check.options(op, options);
      const { peak, total, rows } = check.state(op, "state", state);
      const to = check.output(op, out, rows, peak, total);
      return frame(op, (m) => {
        const lse = m.output(to, rows);
        abi.softmax_state_read(lse, m.input("state.peak", peak, rows), m.input("state.total", total, rows), rows);
        return deliver(m, lse, to, out, rows, undefined);
      });
    },

    /**
     * The probabilities of a piece, given the state of the whole, in which |x / temperature| is under 2²⁸.
     *
     * @param x a piece of each row, [rows, cols] or any dims
     * @param state of all pieces, [rows], folded at the same temperature
     * @param options as softmax takes them; the temperature above 0 and below Infinity, emptyRow "zero" or "nan"
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as softmax
     */
    softmaxStateApply<X extends Input, Out extends OutOption = undefined>(
      x: X,
      state: SoftmaxState,
      options: PieceOptions & EmptyPieces & Pick<Candidates, "infScores"> & Into<Out> = {},
    ): Output<X, Out> {
      const op = "softmaxStateApply";
      const { out, emptyRow } = check.options(op, options);
      check.oneOf(op, "emptyRow", emptyRow, ["zero", "nan"], "nan");
      const call = piece(op, x, options);
      const { data, shape, dtype, dims } = call;
      const { peak, total } = check.state(op, "state", state);
      check.sameLength(op, "state.peak", peak, shape.rows, "the number of rows is");
      const to = check.output(op, out, shape.size, data, peak, total, dtype);
      return counted(rt, call, (m) => {
        const room = m.room(to, data, shape.size);
        const at = place(rt, m, call, room);
        const y = room ?? at.x;
        const [p, s] = [m.input("state.peak", peak, shape.rows), m.input("state.total", total, shape.rows)];
        abi.softmax_state_apply(y, at.x, at.mask, at.t, p, s, shape.outer, shape.cols, shape.inner, at.bits);
        return deliver(m, y, to, out, shape.size, dims);
      });
    },
  };
};
