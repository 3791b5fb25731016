import { define } from "../figure.js";
import { curve } from "../kit/curve.js";
import { part } from "../kit/dom.js";
import { numbers } from "../kit/numbers.js";
import { readout } from "../kit/readout.js";
import { sweep } from "../kit/scale.js";
import { slider } from "../kit/slider.js";
import { hue, number } from "../kit/text.js";
import { pairs } from "../rows.js";

const MIN = -2;
const MAX = 4;
const leads = sweep(MIN, MAX, 121);
const listed = Float32Array.of(-2, -1, 0, 1, 2, 3, 4);

export const figure = define({
  ops: ["sparsemaxLoss", "entmaxLoss"],
  also: ["crossEntropy"],
  controls: {
    lead: slider(0.5, { min: MIN, max: MAX, step: 0.1, label: "lead of the right class" }),
    alpha: slider(1.5, { min: 1, max: 4, step: 0.01, label: "α", text: (a) => number(a, 2) }),
  },
  compute(sm, { lead, alpha }) {
    const each = { cols: 2, reduction: "none" as const };
    const at = (xs: Float32Array) => {
      const rows = pairs(xs);
      const first = new Int32Array(xs.length);
      return [
        sm.crossEntropy(rows, first, each),
        sm.entmaxLoss(rows, first, { ...each, alpha }),
        sm.sparsemaxLoss(rows, first, each),
      ];
    };
    return { now: at(Float32Array.of(lead)), along: at(leads), listed: at(listed) };
  },
  draw(el, { now, along, listed: few }, { lead, alpha }) {
    const lines = [
      { name: "cross-entropy", colour: hue(0), at: { x: -0.45, side: "above" as const, anchor: "start" as const } },
      {
        name: "α",
        colour: hue(2),
        at: { x: 0.75, side: "above" as const, anchor: "start" as const },
      },
      { name: "sparsemax", colour: hue(1), at: { x: -0.7, side: "below" as const, anchor: "end" as const } },
    ];
    curve(part(el, "along"), {
      title: `Losses of two scores against the lead of the right class: that of sparsemax is 0 from a lead of 1 on, cross-entropy never is. The numbers are in the table below.`,
      x: { min: MIN, max: MAX, ticks: [-2, -1, 0, 1, 2, 3, 4], text: (v) => number(v, 0), label: "lead" },
      y: { min: 0, max: 2.4, ticks: [0, 1, 2], text: (v) => number(v, 0), label: "loss" },
      lines: lines.map((line, i) => ({ ...line, xs: leads, ys: along[i] })),
      marker: lead,
      height: 300,
      points: lines.map(({ colour }, i) => ({ x: lead, y: now[i][0], colour })),
    });
    readout(
      part(el, "now"),
      lines.map(({ name, colour }, i) => ({ name: named(name, alpha), text: loss(now[i][0]), colour })),
    );
    numbers(
      el,
      "Losses of two scores",
      ["lead", ...lines.map(({ name }) => named(name, alpha))],
      [...listed].map((d, k) => [number(d, 0), ...few.map((ys) => loss(ys[k]))]),
    );
  },
  echo({ now }, { alpha }) {
    const said = `cross-entropy ${loss(now[0][0])}, α ${number(alpha, 2)} ${loss(now[1][0])}, sparsemax ${loss(now[2][0])}`;
    return { lead: said, alpha: said };
  },
});

const named = (name: string, alpha: number) => (name === "α" ? `α = ${number(alpha, 2)}` : name);

/** A loss that is exactly nothing is not written like one that is only near it. */
const loss = (value: number) => (value === 0 ? "0" : number(value, 4));
