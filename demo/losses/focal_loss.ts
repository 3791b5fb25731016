import { define } from "../figure.js";
import { curve } from "../kit/curve.js";
import { part } from "../kit/dom.js";
import { numbers } from "../kit/numbers.js";
import { readout } from "../kit/readout.js";
import { sweep } from "../kit/scale.js";
import { slider } from "../kit/slider.js";
import { hue, number, percent } from "../kit/text.js";
import { column, pairs } from "../rows.js";

const LIMIT = 6;
const xs = sweep(-LIMIT, LIMIT, 121);
const listed = Float32Array.of(-4, -2, 0, 1, 2, 3, 4);

export const figure = define({
  ops: ["focalLoss"],
  also: ["crossEntropy", "softmax"],
  controls: {
    lead: slider(2, { min: -LIMIT, max: LIMIT, step: 0.1, label: "lead of the right class" }),
    gamma: slider(2, { min: 0, max: 5, step: 0.1, label: "γ" }),
  },
  compute(sm, { lead, gamma }) {
    const at = (xs: Float32Array) => {
      const rows = pairs(xs);
      const first = new Int32Array(xs.length);
      const each = { cols: 2, reduction: "none" as const };
      return {
        p: column(sm.softmax(rows, { cols: 2 }), 0, 2),
        plain: sm.crossEntropy(rows, first, each),
        focal: sm.focalLoss(rows, first, { ...each, gamma }),
      };
    };
    return { now: at(Float32Array.of(lead)), along: at(xs), listed: at(listed) };
  },
  draw(el, { now, along, listed: few }, { gamma }) {
    curve(part(el, "along"), {
      title: `Focal loss with gamma ${number(gamma, 1)} and cross-entropy against the probability of the right class. The numbers are in the table below.`,
      x: {
        min: 0,
        max: 1,
        ticks: [0, 0.25, 0.5, 0.75, 1],
        text: (p) => `${Math.round(100 * p)}%`,
        label: "probability of the right class",
      },
      y: { min: 0, max: 5, ticks: [0, 1, 2, 3, 4, 5], text: (v) => number(v, 0), label: "loss" },
      lines: [
        {
          name: "cross-entropy",
          xs: along.p,
          ys: along.plain,
          colour: "var(--quiet)",
          dashed: true,
          at: { x: 0.25, side: "above", anchor: "start" },
        },
        { name: "focal", xs: along.p, ys: along.focal, colour: hue(0), at: { x: 0.22, side: "below", anchor: "end" } },
      ],
      marker: now.p[0],
      points: [
        { x: now.p[0], y: now.plain[0], colour: "var(--quiet)" },
        { x: now.p[0], y: now.focal[0], colour: hue(0) },
      ],
    });
    readout(part(el, "now"), [
      { name: "probability", text: percent(now.p[0]) },
      { name: "cross-entropy", text: number(now.plain[0], 4) },
      { name: "focal loss", text: number(now.focal[0], 4), colour: hue(0) },
    ]);
    numbers(
      el,
      `Focal loss with γ = ${number(gamma, 1)}`,
      ["lead", "probability", "cross-entropy", "focal loss"],
      [...listed].map((d, k) => [number(d, 0), percent(few.p[k]), number(few.plain[k], 4), number(few.focal[k], 5)]),
    );
  },
  echo({ now }) {
    const said = `cross-entropy ${number(now.plain[0], 3)}, focal loss ${number(now.focal[0], 3)}`;
    return { lead: said, gamma: said };
  },
});
