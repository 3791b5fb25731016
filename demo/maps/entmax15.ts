import { define } from "../figure.js";
import { curve } from "../kit/curve.js";
import { part } from "../kit/dom.js";
import { numbers } from "../kit/numbers.js";
import { readout } from "../kit/readout.js";
import { sweep } from "../kit/scale.js";
import { slider } from "../kit/slider.js";
import { exact, hue, number } from "../kit/text.js";
import { column, pairs } from "../rows.js";

const LIMIT = 4;
const leads = sweep(-LIMIT, LIMIT, 161);
const listed = Float32Array.of(-3, -2, -1, 0, 1, 2, 3);

export const figure = define({
  ops: ["entmax15"],
  also: ["softmax", "sparsemax"],
  controls: {
    lead: slider(1.5, { min: -LIMIT, max: LIMIT, step: 0.1, label: "lead of the first score" }),
  },
  compute(sm, { lead }) {
    const at = (xs: Float32Array) => {
      const rows = pairs(xs);
      return [sm.softmax(rows, { cols: 2 }), sm.entmax15(rows, { cols: 2 }), sm.sparsemax(rows, { cols: 2 })].map(
        (ys) => column(ys, 0, 2),
      );
    };
    return { now: at(Float32Array.of(lead)), along: at(leads), listed: at(listed) };
  },
  draw(el, { now, along, listed: few }, { lead }) {
    const maps = [
      { name: "softmax", colour: hue(0), at: { x: 2.1, side: "below" as const, anchor: "start" as const } },
      { name: "1.5-entmax", colour: hue(2), at: { x: 2, side: "above" as const, anchor: "start" as const } },
      { name: "sparsemax", colour: hue(1), at: { x: 1, side: "above" as const, anchor: "end" as const } },
    ];
    curve(part(el, "along"), {
      title:
        "Probability of the first of two scores against its lead. Sparsemax is straight between −1 and 1 and flat outside, 1.5-entmax bends between −2 and 2, softmax never reaches 0 or 1. The numbers are in the table below.",
      x: { min: -LIMIT, max: LIMIT, ticks: [-4, -2, -1, 0, 1, 2, 4], text: (d) => number(d, 0), label: "lead" },
      y: { min: 0, max: 1, ticks: [0, 0.5, 1], text: (p) => `${Math.round(100 * p)}%`, label: "probability" },
      lines: maps.map((line, i) => ({ ...line, xs: leads, ys: along[i] })),
      marker: lead,
      points: maps.map(({ colour }, i) => ({ x: lead, y: now[i][0], colour })),
    });
    readout(
      part(el, "now"),
      maps.map(({ name, colour }, i) => ({ name, text: exact(now[i][0]), colour })),
    );
    numbers(
      el,
      "Probability of the first of two scores",
      ["lead", ...maps.map(({ name }) => name)],
      [...listed].map((d, k) => [number(d, 0), ...few.map((ys) => exact(ys[k]))]),
    );
  },
  echo: ({ now }) => ({
    lead: `softmax ${exact(now[0][0])}, 1.5-entmax ${exact(now[1][0])}, sparsemax ${exact(now[2][0])}`,
  }),
});
