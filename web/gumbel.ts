import * as check from "./check.js";
import * as seeds from "./seeds.js";
import type { Resident, Runtime } from "./memory.js";
import {
  type Candidates,
  candidates,
  counted,
  deliver,
  type Input,
  type Into,
  mapping,
  type OutOption,
  type Output,
  place,
  type Rows,
  type VjpOptions,
  type Warm,
} from "./rows.js";

type NoiseOptions<Out> = seeds.Seeded & Into<Out>;
type GumbelOptions<Out> = Rows &
  Warm &
  Candidates &
  NoiseOptions<Out> & {
    /** Gumbel numbers of the caller's own, shaped as x, instead of those of a seed. */
    noise?: Input | undefined;
    /** The draw itself, an exact one-hot, instead of its softened form. */
    hard?: boolean | undefined;
    /** With hard: receives the soft probabilities, from which gumbelSoftmaxVjp takes the gradient. */
    soft?: OutOption;
  };

/** Draws that can be differentiated. */
export const gumbel = (rt: Runtime) => {
  const { abi, frame } = rt;
  const { vjp } = mapping(rt);

  return {
    /**
     * Gumbel numbers, -log(-log u) of even u: noise that turns the largest score into a draw from softmax. Entry c of a
     * row depends on the seed, the stream, the row's number and c alone.
     *
     * @param length how many, or { rows, cols }
     * @param options seed (needed), stream, firstRow, out
     * @returns out, or a new Float32Array
     * @throws RangeError when a size or seed is out of its range; TypeError when an argument is of the wrong kind;
     *   ReferenceError when a Resident has been freed
     * @see Gumbel 1954; Salmon et al. 2011
     */
    gumbelNoise: <Out extends OutOption = undefined>(
      length: number | { rows: number; cols: number },
      options: NoiseOptions<Out>,
    ): Output<Float32Array, Out> => {
      const op = "gumbelNoise";
      const { seed, stream, firstRow, out } = check.options(op, options);
      const { rows, cols } = seeds.size(op, length);
      const key = seeds.key(op, { seed, stream, firstRow });
      const to = check.output(op, out, rows * cols);
      return frame(op, (m) => {
        const g = m.output(to, rows * cols);
        abi.gumbel_noise(g, m.bytes(key), rows, cols, 1);
        return deliver(m, g, to, out, rows * cols, undefined);
      });
    },

    /**
     * softmax((x + noise) / temperature): a draw from softmax(x), softened so that it can be differentiated. With hard
     * the draw itself: an exact one-hot at the first largest of x + noise.
     *
     * @param x scores, [rows, cols] or any dims
     * @param options as softmax takes them, the temperature above 0 unless hard; seed, stream and firstRow, or noise; hard,
     *   and soft, which receives the soft probabilities then; with infScores "limit" scores of +Infinity share a hard
     *   draw too
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as softmax; RangeError also when seed or noise is out of its range, TypeError when neither is given
     * @see Jang, Gu and Poole 2017; Maddison, Mnih and Teh 2017
     */
    gumbelSoftmax: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      options: GumbelOptions<Out>,
    ): Output<X, Out> => {
      const op = "gumbelSoftmax";
      const { out, seed, stream, firstRow, noise, hard, soft } = check.options(op, options);
      const call = candidates(op, x, options);
      const { data, shape, dims } = call;
      const { outer, cols, inner, size } = shape;
      const one = check.flag(op, "hard", hard);
      seeds.drawn(op, one, soft, call.t);
      seeds.oneSource(op, seed, noise);
      let own: Float32Array | Resident | undefined;
      if (noise !== undefined) {
        own = check.plain(op, "noise", noise);
        check.sameLength(op, "noise", own, size, "x");
        seeds.noise(op, own);
      }
      const key = own === undefined ? seeds.key(op, { seed, stream, firstRow }) : undefined;
      const to = check.output(op, out, size, data, own, call.dtype);
      const softTo = check.apart(op, "soft", soft, size, { out: to, x: data, noise: own });
      return counted(rt, call, (m) => {
        const room = m.room(to, data, size);
        const g = own === undefined ? m.take(size * 4) : m.input("noise", own, size);
        const at = place(rt, m, call, room === g ? undefined : room);
        if (key !== undefined) abi.gumbel_noise(g, m.bytes(key), outer, cols, inner);
        const y = room ?? at.x;
        if (softTo !== undefined) {
          const s = m.output(softTo, size); // before y, which may be x
          abi.gumbel_softmax(s, at.x, g, at.mask, at.t, outer, cols, inner, at.bits);
          m.result(s, softTo, size);
        }
        abi.gumbel_softmax(y, at.x, g, at.mask, at.t, outer, cols, inner, at.bits + (one ? abi.Rule_hard : 0));
        return deliver(m, y, to, out, size, dims);
      });
    },

    /**
     * The gradient of gumbelSoftmax with respect to its scores: y (dy - <y, dy>) / temperature, row by row. That of a
     * hard draw is the same, straight through: it is taken from `soft`.
     *
     * @param y what gumbelSoftmax returned without hard, or wrote into soft, [rows, cols] or any dims
     * @param dy the gradient that arrives at the draw, shaped as y; not read where y is 0
     * @param options rows and axis, temperature, x and its masks where rows are empty or infinite, out (may be y or dy)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as softmax
     */
    gumbelSoftmaxVjp: <X extends Input, Out extends OutOption = undefined>(
      y: X,
      dy: Input,
      options: VjpOptions<Out> = {},
    ): Output<X, Out> => vjp("gumbelSoftmaxVjp", abi.gumbel_softmax_vjp, y, dy, options),
  };
};
