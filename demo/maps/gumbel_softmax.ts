import { define } from "../figure.js";
import { bars } from "../kit/bars.js";
import { curve } from "../kit/curve.js";
import { dice } from "../kit/dice.js";
import { part } from "../kit/dom.js";
import { strip } from "../kit/handles.js";
import { sweep } from "../kit/scale.js";
import { sheet } from "../kit/sheet.js";
import { slider } from "../kit/slider.js";
import { hue, number, percent } from "../kit/text.js";
import { repeated } from "../powers.js";
import { scores, words } from "../words.js";

const MIN = 0.01;
const MAX = 5;
const n = words.length;
const temperatures = sweep(MIN, MAX, 121, true);

export const figure = define({
  ops: ["gumbelNoise", "gumbelSoftmax"],
  controls: {
    seed: dice("Draw again"),
    t: slider(1, { min: MIN, max: MAX, log: true, label: "temperature", text: (t) => number(t, t < 0.1 ? 3 : 2) }),
    scores: strip(scores),
  },
  compute(sm, { scores, seed, t }) {
    const noise = sm.gumbelNoise(n, { seed });
    return {
      noise,
      noisy: scores.map((x, i) => x + noise[i]),
      soft: sm.gumbelSoftmax(scores, { noise, temperature: t }),
      hard: sm.gumbelSoftmax(scores, { noise, hard: true }),
      along: sm.gumbelSoftmax(repeated(scores, temperatures.length), {
        cols: n,
        noise: repeated(noise, temperatures.length),
        temperature: temperatures,
      }),
    };
  },
  draw(el, { noise, noisy, soft, hard, along }, { scores, t }) {
    sheet(
      part(el, "draw"),
      "Scores, noise, and the draw",
      ["word", "score", "noise", "sum", "the draw"],
      words.map((name, i) => ({
        name,
        i,
        cells: [
          { text: number(scores[i], 1) },
          { text: number(noise[i], 2) },
          { text: number(noisy[i], 2), ...(hard[i] === 1 ? {} : { mark: "faint" as const }) },
          { text: number(hard[i], 0), share: hard[i], ...(hard[i] === 1 ? {} : { mark: "faint" as const }) },
        ],
      })),
    );
    const two = part(el, "two");
    bars(
      part(two, "now", "the same draw, softened"),
      words.map((name, i) => ({ name, value: soft[i], text: percent(soft[i]) })),
    );
    curve(part(two, "along"), {
      title:
        "The softened draw as the temperature goes from 0.01 to 5: a one-hot on the left, equal shares on the right.",
      x: { min: MIN, max: MAX, log: true, ticks: [0.01, 0.1, 1, 5], text: String, label: "temperature" },
      y: { min: 0, max: 1, ticks: [0, 0.2, 0.5, 1], text: (p) => `${Math.round(100 * p)}%`, label: "share" },
      lines: words.map((name, i) => ({
        name,
        xs: temperatures,
        ys: temperatures.map((_, k) => along[k * n + i]),
        colour: hue(i),
      })),
      marker: t,
      points: words.map((_, i) => ({ x: t, y: soft[i], colour: hue(i) })),
    });
  },
  echo({ soft, hard }) {
    const shares = words.map((name, i) => `${name} ${percent(soft[i])}`).join(", ");
    return {
      seed: `drawn: ${words[hard.indexOf(1)]}`,
      t: shares,
      scores: Array.from(soft, (p) => `share ${percent(p)}`),
    };
  },
});
