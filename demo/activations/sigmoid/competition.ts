import { define } from "../../figure.js";
import { bars } from "../../kit/bars.js";
import { choice } from "../../kit/choice.js";
import { part } from "../../kit/dom.js";
import { strip } from "../../kit/handles.js";
import { heat } from "../../kit/heat.js";
import { number, percent } from "../../kit/text.js";
import { scores, words } from "../../words.js";

type Word = (typeof words)[number];
const names = Object.fromEntries(words.map((word) => [word, word])) as Record<Word, Word>;

export const figure = define({
  ops: [],
  also: ["softmax", "softmaxVjp", "sigmoid", "sigmoidVjp", "relu", "reluVjp"],
  controls: {
    scores: strip(scores),
    raised: choice("mat", names, "Raise the score of"),
  },
  compute(sm, { scores, raised }) {
    const one = Float32Array.from(words, (word) => Number(word === raised));
    const [softmax, sigmoid, relu] = [sm.softmax(scores), sm.sigmoid(scores), sm.relu(scores)];
    // Each of the three Jacobians is its own transpose: a row of it is the column that is asked for.
    return {
      values: [softmax, sigmoid, relu],
      slopes: [sm.softmaxVjp(softmax, one), sm.sigmoidVjp(sigmoid, one), sm.reluVjp(scores, one)],
    };
  },
  draw(el, { values, slopes }, { raised }) {
    const row = part(el, "three");
    const maps = ["softmax", "sigmoid", "ReLU"];
    maps.forEach((map, k) => {
      bars(
        part(row, map.toLowerCase(), map),
        words.map((name, i) => ({
          name,
          value: values[k][i],
          text: k === 2 ? number(values[k][i], 1) : percent(values[k][i]),
        })),
        { max: k === 2 ? 5 : 1 },
      );
    });
    const box = part(el, "answers");
    heat(box, {
      caption: `How fast each value answers when the score of ${raised} rises`,
      corner: `∂ / ∂ ${raised}`,
      rows: words,
      columns: maps,
      plain: true,
      values: words.flatMap((_, i) => slopes.map((slope) => slope[i])),
      full: 1,
    });
  },
  echo: ({ values, slopes }) => ({
    scores: words.map(
      (_, i) => `softmax ${percent(values[0][i])}, sigmoid ${percent(values[1][i])}, ReLU ${number(values[2][i], 1)}`,
    ),
    raised: words.map((name, i) => `${name} answers ${number(slopes[0][i], 2)}`).join(", "),
  }),
});
