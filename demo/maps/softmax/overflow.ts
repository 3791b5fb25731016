import { define } from "../../figure.js";
import { part } from "../../kit/dom.js";
import { type Row, sheet } from "../../kit/sheet.js";
import { slider } from "../../kit/slider.js";
import { number, percent, wide } from "../../kit/text.js";
import { naive } from "../../plain.js";
import { powers } from "../../powers.js";
import { scores, words } from "../../words.js";
import { strip } from "../../kit/handles.js";

export const figure = define({
  ops: [],
  also: ["softmax", "softmaxStateFold", "softmaxStateApply"],
  controls: {
    base: slider(1000, { min: -1000, max: 1000, label: "add to every score" }),
    scores: strip(scores),
  },
  compute(sm, { scores, base }) {
    const x = scores.map((score) => score + base);
    const { peak, total } = sm.softmaxStateFold(x, {});
    return {
      x,
      naive: naive(x),
      stable: { powers: powers(sm, x, peak[0]), sum: total[0], probabilities: sm.softmax(x) },
    };
  },
  draw(el, { x, naive, stable }) {
    const rows = (side: typeof naive | typeof stable): Row[] => [
      ...words.map((name, i) => ({
        name,
        i,
        cells: [{ text: number(x[i], 1) }, power(side.powers[i]), probability(side.probabilities[i])],
      })),
      { name: "sum", mark: "total" as const, cells: [{ text: "" }, power(side.sum), { text: "" }] },
    ];
    sheet(
      part(el, "naive", "as the formula is written"),
      "The formula as it is written",
      ["word", "score", "exp(x)", "probability"],
      rows(naive),
    );
    sheet(
      part(el, "stable", "with the largest score subtracted"),
      "With the largest score subtracted first",
      ["word", "score", "exp(x − m)", "probability"],
      rows(stable),
    );
  },
  echo: ({ naive, stable }) => ({
    base: `as written, mat ${percent(naive.probabilities[3])}; with the largest subtracted, ${percent(stable.probabilities[3])}`,
    scores: Array.from(stable.probabilities, (p) => `probability ${percent(p)}`),
  }),
});

const lost = (value: number) => !Number.isFinite(value) || value === 0;

const power = (value: number) => ({ text: wide(value), ...(lost(value) ? { mark: "alarm" as const } : {}) });

const probability = (p: number) =>
  Number.isFinite(p) ? { text: percent(p), share: p } : { text: number(p), mark: "alarm" as const };
