import { define } from "../figure.js";
import { bars } from "../kit/bars.js";
import { part } from "../kit/dom.js";
import { strip } from "../kit/handles.js";
import { readout } from "../kit/readout.js";
import { slider } from "../kit/slider.js";
import { number, percent } from "../kit/text.js";
import { scores, words } from "../words.js";

/** Keeps the first words, as many as asked for. */
const keep = (count: number) => Uint8Array.from(words, (_, i) => Number(i < count));

export const figure = define({
  ops: ["rowStats"],
  also: ["softmax"],
  controls: {
    left: slider(words.length, { min: 1, max: words.length, label: "words kept" }),
    scores: strip(scores),
  },
  compute(sm, { scores, left }) {
    const mask = keep(left);
    return { stats: sm.rowStats(scores, { mask }), probabilities: sm.softmax(scores, { mask }) };
  },
  draw(el, { stats, probabilities }, { left }) {
    bars(
      part(el, "probabilities", "probabilities"),
      words.map((name, i) => ({
        name,
        value: probabilities[i],
        text: i < left ? percent(probabilities[i]) : "masked",
      })),
    );
    readout(part(el, "stats"), [
      { name: "largest", text: number(stats.max[0], 1) },
      { name: "log-sum-exp", text: number(stats.logSumExp[0], 3) },
      { name: "entropy", text: `${number(stats.entropy[0], 3)} nats` },
      { name: "margin", text: number(stats.margin[0], 1) },
      { name: "support", text: number(stats.support[0], 0) },
    ]);
  },
  echo({ stats, probabilities }) {
    const said = `entropy ${number(stats.entropy[0], 2)}, margin ${number(stats.margin[0], 1)}`;
    return { left: said, scores: Array.from(probabilities, (p) => `probability ${percent(p)}, ${said}`) };
  },
});
