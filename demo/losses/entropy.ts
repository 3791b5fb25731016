import { define } from "../figure.js";
import { bars } from "../kit/bars.js";
import { curve } from "../kit/curve.js";
import { part } from "../kit/dom.js";
import { strip } from "../kit/handles.js";
import { numbers } from "../kit/numbers.js";
import { readout } from "../kit/readout.js";
import { sweep } from "../kit/scale.js";
import { slider } from "../kit/slider.js";
import { hue, number, percent } from "../kit/text.js";
import { scores, words } from "../words.js";

const MIN = 0.05;
const MAX = 20;
const temperatures = sweep(MIN, MAX, 121, true);
const listed = Float32Array.of(0.05, 0.2, 0.5, 1, 2, 5, 20);

export const figure = define({
  ops: ["entropy"],
  also: ["softmax"],
  controls: {
    t: slider(1, { min: MIN, max: MAX, log: true, label: "temperature", text: (t) => number(t, t < 10 ? 2 : 1) }),
    scores: strip(scores),
  },
  compute(sm, { scores, t }) {
    const at = (ts: Float32Array) => ts.map((temperature) => sm.entropy(scores, { temperature }));
    return {
      probabilities: sm.softmax(scores, { temperature: t }),
      now: sm.entropy(scores, { temperature: t, gradient: true }),
      most: sm.entropy(new Float32Array(words.length)),
      along: at(temperatures),
      listed: at(listed),
    };
  },
  draw(el, { probabilities, now, most, along, listed: few }, { t }) {
    const two = part(el, "two");
    bars(
      part(two, "now", "at this temperature"),
      words.map((name, i) => ({ name, value: probabilities[i], text: percent(probabilities[i]) })),
    );
    curve(part(two, "along"), {
      title:
        "Entropy as the temperature goes from 0.05 to 20: from 0 to that of equal shares. The numbers are in the table below.",
      x: { min: MIN, max: MAX, log: true, ticks: [0.05, 0.2, 1, 5, 20], text: String, label: "temperature" },
      y: { min: 0, max: 2, ticks: [0, 1, 2], text: (v) => number(v, 0), label: "entropy" },
      lines: [
        {
          name: "equal shares",
          xs: [MIN, MAX],
          ys: [most, most],
          colour: "var(--quiet)",
          dashed: true,
          at: { x: MIN, side: "above", anchor: "start" },
        },
        { name: "", xs: temperatures, ys: along, colour: hue(0), at: { x: 1, side: "below" } },
      ],
      marker: t,
      points: [{ x: t, y: now.loss, colour: hue(0) }],
    });
    readout(part(el, "readings"), [
      { name: "entropy", text: `${number(now.loss, 3)} nats`, colour: hue(0) },
      { name: "of equal shares", text: `${number(most, 3)} nats` },
    ]);
    numbers(
      el,
      "Entropy at seven temperatures",
      ["temperature", "entropy"],
      [...listed].map((v, k) => [number(v, 2), number(few[k], 4)]),
    );
  },
  echo: ({ now }) => ({
    t: `entropy ${number(now.loss, 2)}`,
    scores: Array.from(now.gradient, (g) => `entropy ${number(now.loss, 2)}, gradient ${number(g, 2)}`),
  }),
});
