import { define } from "../../figure.js";
import { bars } from "../../kit/bars.js";
import { curve } from "../../kit/curve.js";
import { part } from "../../kit/dom.js";
import { numbers } from "../../kit/numbers.js";
import { sweep } from "../../kit/scale.js";
import { slider } from "../../kit/slider.js";
import { hue, number, percent } from "../../kit/text.js";
import { repeated } from "../../powers.js";
import { scores, words } from "../../words.js";
import { strip } from "../../kit/handles.js";

const MIN = 0.05;
const MAX = 20;
const temperatures = sweep(MIN, MAX, 161, true);
const listed = Float32Array.of(0.05, 0.2, 0.5, 1, 2, 5, 20);

export const figure = define({
  ops: [],
  also: ["softmax"],
  controls: {
    t: slider(1, { min: MIN, max: MAX, log: true, label: "temperature", text: (t) => number(t, t < 10 ? 2 : 1) }),
    scores: strip(scores),
  },
  compute(sm, { scores, t }) {
    const at = (ts: Float32Array) => sm.softmax(repeated(scores, ts.length), { cols: scores.length, temperature: ts });
    return { now: sm.softmax(scores, { temperature: t }), along: at(temperatures), listed: at(listed) };
  },
  draw(el, { now, along, listed: few }, { t }) {
    bars(
      part(el, "now", "at this temperature"),
      words.map((name, i) => ({ name, value: now[i], text: percent(now[i]) })),
    );
    curve(part(el, "along"), {
      title: "Probability of each word as the temperature goes from 0.05 to 20. The numbers are in the table below.",
      x: { min: MIN, max: MAX, log: true, ticks: [0.05, 0.2, 1, 5, 20], text: String, label: "temperature" },
      y: { min: 0, max: 1, ticks: [0, 0.2, 0.5, 1], text: (p) => `${Math.round(100 * p)}%`, label: "probability" },
      lines: words.map((name, i) => ({
        name,
        xs: temperatures,
        ys: temperatures.map((_, k) => along[k * words.length + i]),
        colour: hue(i),
      })),
      marker: t,
      points: words.map((_, i) => ({ x: t, y: now[i], colour: hue(i) })),
    });
    numbers(
      el,
      "Probability of each word at seven temperatures T",
      ["T", ...words],
      [...listed].map((temperature, k) => [
        number(temperature, 2),
        ...words.map((_, i) => percent(few[k * words.length + i])),
      ]),
    );
  },
  echo: (result) => ({
    t: words.map((name, i) => `${name} ${percent(result.now[i])}`).join(", "),
    scores: Array.from(result.now, (p) => `probability ${percent(p)}`),
  }),
});
