// What every row function shares: its options, the rules it gives a kernel, and the way of a call through a frame.
import type { Abi } from "./abi.js";
import * as check from "./check.js";
import { type Format, type Halves, isNarrow } from "./formats.js";
import { type Floats, type Frame, isResident, type Resident, type Runtime, type Tensor } from "./memory.js";

/** Which way the rows lie: `cols` alone for rows one after the other, or `dims` and `axis` (default the last). */
export interface Rows extends Format {
  /** Length of a row; all of x when left out. */
  cols?: number | undefined;
  /** Dimensions of x; a tensor brings its own. */
  dims?: readonly number[] | undefined;
  /** Which of dims the rows run along; negative counts from the last. */
  axis?: number | undefined;
}

/** Divides the scores: a number, or one per row. */
export interface Warm {
  temperature?: number | ArrayLike<number> | undefined;
}

export interface Into<Out> {
  /** Receives the result; may be the input. */
  out?: Out | undefined;
}

/** Which scores count. */
export interface Masks {
  /** Bytes, 1 = keep: one per score, or one per entry of a row for all rows. A masked score is never read. */
  mask?: Uint8Array | undefined;
  /** Scores below this are masked. */
  maskBelow?: number | undefined;
}

/** Where a gradient has its result from, for rows that do not move with their scores. */
export interface Scored extends Masks {
  /**
   * The scores, shaped as y, with mask and maskBelow as they were given then, which count with them alone: y is 0 where
   * they hid a score. Rows without a candidate or with +Infinity get gradient 0 with them; without them such a row, if it
   * was not NaN, counts as one of equal scores.
   */
  x?: Input | undefined;
}

/** How scores become candidates, and what holds where the formula is silent. */
export interface Candidates extends Masks {
  /** A row without a candidate: default "zero" where something can be masked, otherwise "nan". */
  emptyRow?: "zero" | "nan" | "uniform" | "throw" | undefined;
  /** A row with +Infinity in it: NaN (default), or what such scores tend to: they share it. */
  infScores?: "nan" | "limit" | undefined;
  /** Equal largest scores at temperature 0: the first gets all (default), or they share it. */
  tie?: "first" | "split" | undefined;
  /** Receives the number of rows with a NaN, and of rows without a candidate. */
  stats?: { nanRows: number; emptyRows: number } | undefined;
}

export type Input = check.Scores | Tensor<check.Scores>;
/** What the results of such data are: halves stay halves, bytes where Kept says so, all else becomes floats. */
type Like<Data, Kept> = Data extends Halves | Uint16Array | Kept ? Data : Float32Array;
/** What a call gives back: its out, a tensor for a tensor, otherwise a new array, of halves for halves. */
export type Output<X, Out, Kept = never> = [Out] extends [undefined]
  ? X extends { data: infer Data; dims: readonly number[] }
    ? Tensor<Like<Data, Kept>>
    : Like<X, Kept>
  : NoInfer<Out>;
type Place = Float32Array | Resident | Halves | Uint16Array | Uint8Array | Int8Array;
export type OutOption = Place | Tensor<Place> | undefined;

/** The rows of x, checked; dims are those of a tensor's result. */
export const rowsOf = (
  op: string,
  name: string,
  x: unknown,
  { cols, dims: given, axis, dtype, inputScale, inputZeroPoint = 0 }: Rows,
) => {
  const type = check.dtype(op, dtype);
  const { data, dims: own } = check.floats(op, name, x, type, inputScale, inputZeroPoint);
  const shape = check.shape(op, name, data.length, cols, given ?? (cols === undefined ? own : undefined), axis);
  return { data, shape, dtype: type, dims: own && (shape.dims ?? [shape.rows, shape.cols]) };
};

/** Delivers what lies at address as the caller wants it. */
export const deliver = (
  m: Frame,
  address: number,
  place: Floats | undefined,
  out: unknown,
  length: number,
  dims: readonly number[] | undefined,
): never => {
  const result = m.result(address, place, length);
  if (out !== undefined) return out as never;
  const narrow = isNarrow(result);
  const data = narrow ? result.array : result;
  if (dims === undefined) return data as never;
  return { data, dims: dims.slice(), ...(narrow && { type: result.kind }) } as never;
};

/** Scores and what goes with them, checked: everything of the caller's is read here, and only once. */
export const candidates = (
  op: string,
  x: unknown,
  options: Rows & Warm & Candidates,
  usual?: Candidates["emptyRow"],
) => {
  const { temperature, mask, maskBelow, emptyRow, infScores, tie, stats } = check.options(op, options);
  const { data, shape, dtype, dims } = rowsOf(op, "x", x, options);
  const keep = check.keepMask(op, mask, shape);
  const below = maskBelow === undefined ? undefined : check.threshold(op, "maskBelow", maskBelow);
  const masked = keep !== undefined || below !== undefined;
  const empty = check.oneOf(op, "emptyRow", emptyRow, check.emptyRows, usual ?? (masked ? "zero" : "nan"));
  const infinite = check.oneOf(op, "infScores", infScores, check.infinities, "nan");
  const ties = check.oneOf(op, "tie", tie, check.ties, "first");
  check.counters(op, stats);
  const t = check.temperatures(op, temperature, shape.rows);
  const many = typeof temperature === "object";
  const counts = stats && { nanRows: 0, emptyRows: 0 };
  return { op, data, shape, dtype, dims, keep, below, empty, infinite, ties, t, many, stats, counts };
};
export type Checked = ReturnType<typeof candidates>;

/** The sum of the Rules of a call. */
export const rules = (abi: Abi, { keep, shape, empty, infinite, ties, many }: Checked): number =>
  (empty === "zero" ? abi.Rule_empty_zero : empty === "uniform" ? abi.Rule_empty_uniform : 0) +
  (infinite === "limit" ? abi.Rule_infinite_limit : 0) +
  (ties === "split" ? abi.Rule_tie_split : 0) +
  (many ? abi.Rule_row_temperature : 0) +
  (keep !== undefined && keep.length !== shape.size ? abi.Rule_shared_mask : 0);

/**
 * Puts the scores of a call where a kernel can have them: a Resident as it is unless it must not be written, anything
 * else in a copy. Returns addresses; masks and temperatures that are not there are 0, which is null.
 */
export const place = ({ abi }: Runtime, m: Frame, call: Checked, y: number | undefined, own = false) => {
  const { data, shape, keep, below, t, empty, counts } = call;
  const scores = m.input("x", data, shape.size);
  const mask = keep === undefined ? 0 : m.bytes(check.keepMask(call.op, keep, shape) as Uint8Array); // its length may have changed
  const warm = m.maybe("temperature", t);
  const bits = rules(abi, call);
  let x = scores;
  if ((below !== undefined || (own && keep !== undefined)) && isResident(data)) {
    x = (empty === "throw" ? undefined : y) ?? m.take(shape.size * 4); // a call that throws writes nothing
  }
  if (below !== undefined || x !== scores) abi.mask_below(x, scores, below ?? Number.NEGATIVE_INFINITY, shape.size);
  if (counts !== undefined || empty === "throw") {
    const census = m.take(12);
    abi.row_census(census, x, mask, shape.outer, shape.cols, shape.inner, bits);
    const [nanRows, emptyRows, firstEmpty] = m.ints(census, 3) as unknown as [number, number, number];
    if (empty === "throw" && emptyRows > 0) check.noCandidate(call.op, firstEmpty);
    if (counts !== undefined) Object.assign(counts, { nanRows, emptyRows });
  }
  return { x, mask, t: warm, bits };
};

/** The temperatures of a call's gradient, for its vjp: 0 for rows that do not move with their scores. */
export const settled = ({ abi }: Runtime, m: Frame, { shape }: Checked, at: ReturnType<typeof place>) => {
  const t = m.take(shape.rows * 4);
  abi.gradient_temperature(t, at.x, at.mask, at.t, shape.outer, shape.cols, shape.inner, at.bits);
  return { t, bits: abi.Rule_row_temperature };
};

/** Runs body with memory borrowed for a call, then tells the caller what place() counted. */
export const counted = <T>({ frame }: Runtime, { op, stats, counts }: Checked, body: (m: Frame) => T): T => {
  const result = frame(op, body);
  if (stats !== undefined) Object.assign(stats, counts); // it may have setters, so not while memory is borrowed
  return result;
};

export type MapOptions<Out> = Rows & Warm & Candidates & Into<Out>;
export type VjpOptions<Out> = Rows & Warm & Scored & Into<Out>;

/** A map as the module has it, or its gradient, (dx, y, dy, t, …). Only entmax looks at alpha, an address too. */
export type MapKernel = (
  y: number,
  x: number,
  mask: number,
  t: number,
  outer: number,
  cols: number,
  inner: number,
  rules: number,
  alpha: number,
) => void;

/** The rule that says how many alphas there are. */
export const alphaRule = (abi: Abi, alpha: unknown): number => (typeof alpha === "object" ? abi.Rule_row_alpha : 0);

/** Whether options say nothing but cols and out, as those of most calls do. */
const isPlain = (given: MapOptions<unknown>): boolean =>
  given.temperature === undefined &&
  given.mask === undefined &&
  given.maskBelow === undefined &&
  given.emptyRow === undefined &&
  given.infScores === undefined &&
  given.tie === undefined &&
  given.stats === undefined &&
  given.dims === undefined &&
  given.axis === undefined &&
  given.dtype === undefined &&
  given.inputScale === undefined &&
  given.inputZeroPoint === undefined;

/**
 * The most floats of an array that go through the module at once, where they make whole rows: they fit in the block that
 * is kept, and stay in the processor's cache between the copies in and out.
 */
const pieceLength = 32768;

/** The way of every map and of every gradient. */
export const mapping = (rt: Runtime) => {
  const { abi, frame, memory } = rt;

  // Of calls that say no more than cols and out, what candidates() and a frame take would be longer than the softmax of
  // ten scores. So these go a shorter way: rows from one place in the module to another, …
  const call = (op: string, kernel: MapKernel, y: number, x: number, rows: number, cols: number): void => {
    if (memory.dead) check.dead(op);
    memory.dead = true; // unless it returns: inside a try V8 does not inline the way into the module
    kernel(y, x, 0, 0, rows, cols, 1, 0, 0);
    memory.dead = false;
  };
  // … from a Resident into another, …
  const within = (op: string, kernel: MapKernel, x: Resident, given: unknown, out: Resident): never => {
    const cols = check.width(op, given, x.length);
    const rows = check.height(op, "x", x.length, cols);
    check.sameLength(op, "out", out, x.length, "the result");
    call(op, kernel, out.addressFor(op, "out", memory), x.addressFor(op, "x", memory), rows, cols);
    return out as never;
  };
  // … from an array into another, …
  const piece = (op: string, kernel: MapKernel, x: Float32Array, cols: number, y: Float32Array): void => {
    const at = memory.block(op);
    memory.put(at, x);
    call(op, kernel, at, at, x.length / cols, cols);
    memory.get(at, y);
  };
  // … and that piece by piece.
  const across = (op: string, kernel: MapKernel, x: Float32Array, cols: number, y: Float32Array): never => {
    const { length } = x;
    const some = Math.floor(pieceLength / cols) * cols;
    if (length <= some) {
      piece(op, kernel, x, cols, y);
    } else {
      for (let i = 0; i < length; i += some) piece(op, kernel, x.subarray(i, i + some), cols, y.subarray(i, i + some));
    }
    return y as never;
  };

  const map = (op: string, kernel: MapKernel, x: unknown, options: MapOptions<unknown>, alpha?: unknown): never => {
    const { out } = check.options(op, options);
    if (alpha === undefined && isPlain(options)) {
      if (isResident(x) && isResident(out)) return within(op, kernel, x, options.cols, out);
      if (x instanceof Float32Array && (out === undefined || out instanceof Float32Array)) {
        const cols = check.width(op, options.cols, x.length);
        const { length } = x; // options may have getters
        if (length > 0 && cols <= pieceLength) {
          check.height(op, "x", length, cols);
          const y = out === undefined ? new Float32Array(length) : check.output(op, out, length, x);
          check.unchanged(op, "x", x, length);
          return across(op, kernel, x, cols, y as Float32Array);
        }
      }
    }
    const call = candidates(op, x, options);
    const { data, shape, dtype, dims } = call;
    const own = check.alphas(op, alpha, shape.rows);
    // All maps but this one give probabilities.
    const receiver = op === "logSoftmax" ? check.output : check.probabilities;
    const to = receiver(op, out, shape.size, data, dtype);
    return counted(rt, call, (m) => {
      const room = m.room(to, data, shape.size);
      const alphas = m.maybe("alpha", own);
      const at = place(rt, m, call, room);
      const y = room ?? at.x;
      const bits = at.bits + alphaRule(abi, alpha);
      kernel(y, at.x, at.mask, at.t, shape.outer, shape.cols, shape.inner, bits, alphas);
      return deliver(m, y, to, out, shape.size, dims);
    });
  };

  const vjp = (
    op: string,
    kernel: MapKernel,
    y: unknown,
    dy: unknown,
    options: VjpOptions<unknown>,
    alpha?: unknown,
  ): never => {
    const { temperature, mask, maskBelow, x, out } = check.options(op, options);
    const { data, shape, dtype, dims } = rowsOf(op, "y", y, options);
    const { data: incoming } = check.floats(op, "dy", dy, dtype);
    check.sameLength(op, "dy", incoming, shape.size, "y");
    const t = check.temperatures(op, temperature, shape.rows);
    const own = check.alphas(op, alpha, shape.rows);
    const many = typeof temperature === "object";
    const as = {
      dims: shape.dims ?? [shape.rows, shape.cols],
      axis: shape.axis,
      dtype,
      temperature: many ? t : t?.[0],
      mask,
      maskBelow,
    };
    const scored = x === undefined ? undefined : candidates(op, x, as);
    const to = check.output(op, out, shape.size, data, incoming, scored?.data, dtype);
    return frame(op, (m) => {
      const g = m.input("dy", incoming, shape.size);
      const dx = m.room(to, incoming, shape.size) ?? g;
      const warm = scored
        ? settled(rt, m, scored, place(rt, m, scored, undefined))
        : {
            t: m.maybe("temperature", t),
            bits: many ? abi.Rule_row_temperature : 0,
          };
      const from = m.input("y", data, shape.size);
      const alphas = m.maybe("alpha", own);
      const bits = warm.bits + alphaRule(abi, alpha);
      kernel(dx, from, g, warm.t, shape.outer, shape.cols, shape.inner, bits, alphas);
      return deliver(m, dx, to, out, shape.size, dims);
    });
  };

  return { map, vjp };
};
