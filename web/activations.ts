import * as check from "./check.js";
import type { Format } from "./formats.js";
import type { Runtime } from "./memory.js";
import { deliver, type Input, type Into, type OutOption, type Output } from "./rows.js";

/** Addresses of the result, and of what it is made from. */
type Kernel = (y: number, x: number, n: number) => void;
type VjpKernel = (dx: number, x: number, dy: number, n: number) => void;

type Place<Out> = Into<Out> & Pick<Format, "dtype">;
type Slope<Out> = Place<Out> & {
  /** What scores under 0 are multiplied by; 0.01 when left out. */
  slope?: number | undefined;
};
type Form<Out> = Place<Out> & {
  /** Exact by erf (default, "none"), or the approximation by tanh that many models are trained with. */
  approximate?: "none" | "tanh" | undefined;
};

/** Functions of one number, on arrays of any shape. */
export const activations = ({ abi, frame }: Runtime) => {
  const map = (op: string, kernel: Kernel, x: unknown, options: Place<unknown>): never => {
    const { out, dtype } = check.options(op, options);
    const type = check.dtype(op, dtype);
    const { data, dims } = check.filled(op, "x", x, type);
    const n = data.length;
    const to = check.output(op, out, n, data, type);
    return frame(op, (m) => {
      const room = m.room(to, data, n);
      const at = m.input("x", data, n);
      const y = room ?? at;
      kernel(y, at, n);
      return deliver(m, y, to, out, n, dims);
    });
  };

  /** `from` is what the gradient is taken from: "x", or the result "y". */
  const vjp = (
    op: string,
    kernel: VjpKernel,
    from: string,
    x: unknown,
    dy: unknown,
    options: Place<unknown>,
  ): never => {
    const { out, dtype } = check.options(op, options);
    const type = check.dtype(op, dtype);
    const { data, dims } = check.filled(op, from, x, type);
    const { data: incoming } = check.floats(op, "dy", dy, type);
    const n = data.length;
    check.sameLength(op, "dy", incoming, n, from);
    const to = check.output(op, out, n, data, incoming, type);
    return frame(op, (m) => {
      const g = m.input("dy", incoming, n);
      const dx = m.room(to, incoming, n) ?? g;
      kernel(dx, m.input(from, data, n), g, n);
      return deliver(m, dx, to, out, n, dims);
    });
  };

  const slopeOf = (op: string, options: Slope<unknown>) => {
    const { slope } = check.options(op, options);
    return slope === undefined ? 0.01 : check.finite(op, "slope", slope);
  };

  const formOf = (op: string, options: Form<unknown>) => {
    const { approximate } = check.options(op, options);
    const form = check.oneOf(op, "approximate", approximate, check.forms, "none");
    return form === "tanh" ? abi.Gelu_tanh_form : abi.Gelu_erf_form;
  };

  return {
    /**
     * 1 / (1 + exp(-x)): the probability of the first of two scores x and 0. In [0, 1] always.
     *
     * @param x scores of any shape
     * @param options out (may be x)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws RangeError when sizes do not fit; TypeError when an argument is of the wrong kind; ReferenceError when a
     *   Resident has been freed
     * @see Bridle 1990
     */
    sigmoid: <X extends Input, Out extends OutOption = undefined>(x: X, options: Place<Out> = {}): Output<X, Out> =>
      map("sigmoid", abi.sigmoid, x, options),

    /**
     * The gradient of sigmoid: dy y (1 - y).
     *
     * @param y what sigmoid returned
     * @param dy the gradient that arrives at y, as many
     * @param options out (may be y or dy)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as sigmoid
     */
    sigmoidVjp: <X extends Input, Out extends OutOption = undefined>(
      y: X,
      dy: Input,
      options: Place<Out> = {},
    ): Output<X, Out> => vjp("sigmoidVjp", abi.sigmoid_vjp, "y", y, dy, options),

    /**
     * The logarithm of sigmoid, in nats; never through a probability, so exact where that would be 0 or 1.
     *
     * @param x scores of any shape
     * @param options out (may be x)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as sigmoid
     * @see Mächler 2012
     */
    logSigmoid: <X extends Input, Out extends OutOption = undefined>(x: X, options: Place<Out> = {}): Output<X, Out> =>
      map("logSigmoid", abi.log_sigmoid, x, options),

    /**
     * The gradient of logSigmoid: dy sigmoid(-x).
     *
     * @param x the scores logSigmoid was given
     * @param dy the gradient that arrives, as many
     * @param options out (may be x or dy)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as sigmoid
     */
    logSigmoidVjp: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      dy: Input,
      options: Place<Out> = {},
    ): Output<X, Out> => vjp("logSigmoidVjp", abi.log_sigmoid_vjp, "x", x, dy, options),

    /**
     * log(1 + exp(x)): a smooth maximum of x and 0.
     *
     * @param x scores of any shape
     * @param options out (may be x)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as sigmoid
     * @see Dugas et al. 2000
     */
    softplus: <X extends Input, Out extends OutOption = undefined>(x: X, options: Place<Out> = {}): Output<X, Out> =>
      map("softplus", abi.softplus, x, options),

    /**
     * The gradient of softplus: dy sigmoid(x).
     *
     * @param x the scores softplus was given
     * @param dy the gradient that arrives, as many
     * @param options out (may be x or dy)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as sigmoid
     */
    softplusVjp: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      dy: Input,
      options: Place<Out> = {},
    ): Output<X, Out> => vjp("softplusVjp", abi.softplus_vjp, "x", x, dy, options),

    /**
     * The hyperbolic tangent, 2 sigmoid(2 x) - 1. In [-1, 1] always.
     *
     * @param x scores of any shape
     * @param options out (may be x)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as sigmoid
     * @see Cody and Waite 1980
     */
    tanh: <X extends Input, Out extends OutOption = undefined>(x: X, options: Place<Out> = {}): Output<X, Out> =>
      map("tanh", abi.tanh, x, options),

    /**
     * The gradient of tanh: dy (1 - y²).
     *
     * @param y what tanh returned
     * @param dy the gradient that arrives at y, as many
     * @param options out (may be y or dy)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as sigmoid
     */
    tanhVjp: <X extends Input, Out extends OutOption = undefined>(
      y: X,
      dy: Input,
      options: Place<Out> = {},
    ): Output<X, Out> => vjp("tanhVjp", abi.tanh_vjp, "y", y, dy, options),

    /**
     * The larger of x and 0.
     *
     * @param x scores of any shape
     * @param options out (may be x)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as sigmoid
     * @see Nair and Hinton 2010
     */
    relu: <X extends Input, Out extends OutOption = undefined>(x: X, options: Place<Out> = {}): Output<X, Out> =>
      map("relu", abi.relu, x, options),

    /**
     * The gradient of relu: dy where x is above 0, otherwise 0.
     *
     * @param x the scores relu was given, or what it returned
     * @param dy the gradient that arrives, as many; not read where x is not above 0
     * @param options out (may be x or dy)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as sigmoid
     */
    reluVjp: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      dy: Input,
      options: Place<Out> = {},
    ): Output<X, Out> => vjp("reluVjp", abi.relu_vjp, "x", x, dy, options),

    /**
     * x where it is not under 0, slope x elsewhere.
     *
     * @param x scores of any shape
     * @param options slope, finite, 0.01 when left out; out (may be x)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws RangeError also when slope is not finite; else as sigmoid
     * @see Maas, Hannun and Ng 2013
     */
    leakyRelu: <X extends Input, Out extends OutOption = undefined>(x: X, options: Slope<Out> = {}): Output<X, Out> => {
      const slope = slopeOf("leakyRelu", options);
      return map("leakyRelu", (y, at, n) => abi.leaky_relu(y, at, n, slope), x, options);
    },

    /**
     * The gradient of leakyRelu: dy where x is above 0, otherwise slope dy.
     *
     * @param x the scores leakyRelu was given
     * @param dy the gradient that arrives, as many
     * @param options slope, as leakyRelu took it; out (may be x or dy)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as leakyRelu
     */
    leakyReluVjp: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      dy: Input,
      options: Slope<Out> = {},
    ): Output<X, Out> => {
      const slope = slopeOf("leakyReluVjp", options);
      return vjp("leakyReluVjp", (dx, at, g, n) => abi.leaky_relu_vjp(dx, at, g, n, slope), "x", x, dy, options);
    },

    /**
     * x sigmoid(x), also called swish.
     *
     * @param x scores of any shape
     * @param options out (may be x)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as sigmoid
     * @see Elfwing, Uchibe and Doya 2018
     */
    silu: <X extends Input, Out extends OutOption = undefined>(x: X, options: Place<Out> = {}): Output<X, Out> =>
      map("silu", abi.silu, x, options),

    /**
     * The gradient of silu: dy sigmoid(x) (1 + x sigmoid(-x)).
     *
     * @param x the scores silu was given
     * @param dy the gradient that arrives, as many
     * @param options out (may be x or dy)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as sigmoid
     */
    siluVjp: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      dy: Input,
      options: Place<Out> = {},
    ): Output<X, Out> => vjp("siluVjp", abi.silu_vjp, "x", x, dy, options),

    /**
     * x times the probability that a normal number is below x.
     *
     * @param x scores of any shape
     * @param options approximate: "none" (default) is exact by erf, "tanh" the approximation; out (may be x)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws RangeError also when approximate has no such name; else as sigmoid
     * @see Hendrycks and Gimpel 2016
     */
    gelu: <X extends Input, Out extends OutOption = undefined>(x: X, options: Form<Out> = {}): Output<X, Out> => {
      const form = formOf("gelu", options);
      return map("gelu", (y, at, n) => abi.gelu(y, at, n, form), x, options);
    },

    /**
     * The gradient of gelu: dy times the normal distribution at x plus x times its density, or the same of the
     * approximation.
     *
     * @param x the scores gelu was given
     * @param dy the gradient that arrives, as many
     * @param options approximate, as gelu took it; out (may be x or dy)
     * @returns out, or a new Float32Array; a tensor for a tensor
     * @throws as gelu
     */
    geluVjp: <X extends Input, Out extends OutOption = undefined>(
      x: X,
      dy: Input,
      options: Form<Out> = {},
    ): Output<X, Out> => {
      const form = formOf("geluVjp", options);
      return vjp("geluVjp", (dx, at, g, n) => abi.gelu_vjp(dx, at, g, n, form), "x", x, dy, options);
    },
  };
};
