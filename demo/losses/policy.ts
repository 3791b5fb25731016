import { define } from "../figure.js";
import { bars } from "../kit/bars.js";
import { choice } from "../kit/choice.js";
import { part } from "../kit/dom.js";
import { handles, strip } from "../kit/handles.js";
import { readout } from "../kit/readout.js";
import { slider } from "../kit/slider.js";
import { number, percent } from "../kit/text.js";

const moves = ["left", "stay", "right", "jump"];
const named = { left: "left", stay: "stay", right: "right", jump: "jump" };

export const figure = define({
  ops: ["logProbability", "policyGradient"],
  also: ["policyGradientVjp", "softmax"],
  controls: {
    scores: strip(handles([1, 0, 2, -1], { names: moves, min: -5, max: 5, label: "preferences" })),
    action: choice("left" as keyof typeof named, named, "The move made"),
    advantage: slider(1, { min: -2, max: 2, step: 0.1, label: "how much better than expected" }),
    bonus: slider(0, { min: 0, max: 2, step: 0.05, label: "entropy bonus", text: (b) => number(b, 2) }),
  },
  compute(sm, { scores, action, advantage, bonus }) {
    const [a, better, options] = [[moves.indexOf(action)], [advantage], { entropyBonus: bonus }];
    return {
      probabilities: sm.softmax(scores),
      log: sm.logProbability(scores, a),
      loss: sm.policyGradient(scores, a, better, options),
      // Learning walks against the gradient.
      push: sm.policyGradientVjp(scores, a, better, -1, options),
    };
  },
  draw(el, { probabilities, log, loss, push }, { action }) {
    const two = part(el, "two");
    bars(
      part(two, "probabilities", "probabilities"),
      moves.map((name, i) => ({ name, value: probabilities[i], text: percent(probabilities[i]) })),
    );
    bars(
      part(two, "push", "push on the preferences"),
      moves.map((name, i) => ({ name, value: push[i], text: number(push[i], 3) })),
      { min: -2, max: 2, signed: true },
    );
    readout(part(el, "now"), [
      { name: `log-probability of ${action}`, text: number(log, 3) },
      { name: "loss", text: number(loss, 3) },
    ]);
  },
  echo({ probabilities, push }) {
    const said = moves.map((name, i) => `${name} ${number(push[i], 2)}`).join(", ");
    return {
      advantage: `push ${said}`,
      bonus: `push ${said}`,
      scores: Array.from(probabilities, (p, i) => `probability ${percent(p)}, push ${number(push[i], 2)}`),
    };
  },
});
