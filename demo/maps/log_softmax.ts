import { define } from "../figure.js";
import { curve } from "../kit/curve.js";
import { part } from "../kit/dom.js";
import { numbers } from "../kit/numbers.js";
import { readout } from "../kit/readout.js";
import { sweep } from "../kit/scale.js";
import { slider } from "../kit/slider.js";
import { number, wide } from "../kit/text.js";

const LIMIT = 150;
const gaps = sweep(0, LIMIT, 301);
const listed = Float32Array.of(0, 10, 50, 80, 100, 120, 150);

/** Rows of two scores: the leader's, and one so far below it. */
const rows = (xs: Float32Array) =>
  Float32Array.from({ length: 2 * xs.length }, (_, k) => (k % 2 ? -xs[(k - 1) / 2] : 0));
/** The second of each two. */
const seconds = (ys: Float32Array) => Float32Array.from({ length: ys.length / 2 }, (_, k) => ys[2 * k + 1]);

export const figure = define({
  ops: ["logSoftmax"],
  also: ["softmax"],
  controls: {
    gap: slider(110, { min: 0, max: LIMIT, label: "points behind the leader" }),
  },
  compute(sm, { gap }) {
    const at = (xs: Float32Array) => {
      const probabilities = seconds(sm.softmax(rows(xs), { cols: 2 }));
      return {
        probabilities,
        // The trap this figure is about: by now the small probabilities are gone.
        late: probabilities.map(Math.log),
        direct: seconds(sm.logSoftmax(rows(xs), { cols: 2 })),
      };
    };
    return { now: at(Float32Array.of(gap)), along: at(gaps), listed: at(listed) };
  },
  draw(el, { now, along, listed: few }, { gap }) {
    const floor = -LIMIT;
    curve(part(el, "along"), {
      title:
        "Log-probability against the distance to the leader. Log-softmax is a straight line; the logarithm of softmax falls to minus infinity near 100. The numbers are in the table below.",
      x: { min: 0, max: LIMIT, ticks: [0, 50, 100, 150], text: (d) => number(d, 0), label: "points behind the leader" },
      y: { min: floor, max: 0, ticks: [0, -50, -100, -150], text: (v) => number(v, 0), label: "log-probability" },
      lines: [
        {
          name: "log-softmax",
          xs: gaps,
          ys: along.direct,
          colour: "var(--hue-1)",
          at: { x: 96, side: "above", anchor: "start" },
        },
        {
          name: "log of softmax",
          xs: gaps,
          // −∞ is below every chart; it is drawn at the foot of this one.
          ys: along.late.map((v) => Math.max(v, floor)),
          colour: "var(--hue-2)",
          dashed: true,
          at: { x: 60, side: "below", anchor: "end" },
        },
      ],
      marker: gap,
      points: [
        { x: gap, y: now.direct[0], colour: "var(--hue-1)" },
        { x: gap, y: Math.max(now.late[0], floor), colour: "var(--hue-2)" },
      ],
    });
    readout(part(el, "now"), [
      { name: "softmax", text: wide(now.probabilities[0]) },
      {
        name: "log of softmax",
        text: number(now.late[0], 3),
        colour: "var(--hue-2)",
        alarm: !Number.isFinite(now.late[0]),
      },
      { name: "log-softmax", text: number(now.direct[0], 3), colour: "var(--hue-1)" },
    ]);
    numbers(
      el,
      "Log-probability by distance to the leader",
      ["distance", "log of softmax", "log-softmax"],
      [...listed].map((d, k) => [number(d, 0), number(few.late[k], 3), number(few.direct[k], 3)]),
    );
  },
  echo: ({ now }) => ({
    gap: `log of softmax ${number(now.late[0], 1)}, log-softmax ${number(now.direct[0], 1)}`,
  }),
});
