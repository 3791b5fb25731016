import { define } from "../figure.js";
import { bars } from "../kit/bars.js";
import { part } from "../kit/dom.js";
import { handles, strip } from "../kit/handles.js";
import { numbers } from "../kit/numbers.js";
import { readout } from "../kit/readout.js";
import { slider } from "../kit/slider.js";
import { hue, number, percent } from "../kit/text.js";
import { words } from "../words.js";

const range = { names: words, min: -5, max: 5 };

export const figure = define({
  ops: ["klDivergence", "distillation"],
  also: ["softmax"],
  controls: {
    teacher: strip(handles([1, 3, -1, 3, -2], { ...range, label: "scores of the teacher" }), true),
    student: strip(handles([1, 0, -1, 3, 0], { ...range, label: "scores of the student" }), true),
    t: slider(1, { min: 0.5, max: 10, log: true, label: "temperature", text: (t) => number(t, 2) }),
  },
  compute(sm, { teacher, student, t }) {
    const q = sm.softmax(teacher, { temperature: t });
    const told = { temperature: t, target: "scores" as const };
    return {
      q,
      p: sm.softmax(student, { temperature: t }),
      forward: sm.klDivergence(student, teacher, told),
      reverse: sm.klDivergence(student, teacher, { ...told, reverse: true }),
      distilled: sm.distillation(student, teacher, { temperature: t, gradient: true }),
    };
  },
  draw(el, { q, p, forward, reverse, distilled }) {
    const two = part(el, "two");
    bars(
      part(two, "student", "student p, and the teacher q as a tick"),
      words.map((name, i) => ({ name, value: p[i], text: percent(p[i]), mark: q[i] })),
    );
    bars(
      part(two, "gradient", "gradient for the student"),
      words.map((name, i) => ({ name, value: distilled.gradient[i], text: number(distilled.gradient[i], 3) })),
      { min: -1, max: 1, signed: true },
    );
    readout(part(el, "now"), [
      { name: "KL(q ‖ p)", text: number(forward, 4), colour: hue(0) },
      { name: "KL(p ‖ q)", text: number(reverse, 4), colour: hue(1) },
      { name: "distillation, T² KL(q ‖ p)", text: number(distilled.loss, 4) },
    ]);
    numbers(
      el,
      "What student and teacher say at this temperature",
      ["word", "student", "teacher", "gradient"],
      words.map((name, i) => [name, percent(p[i]), percent(q[i]), number(distilled.gradient[i], 4)]),
    );
  },
  echo({ q, p, forward, reverse }) {
    const said = `KL of q and p ${number(forward, 2)}, reversed ${number(reverse, 2)}`;
    return {
      t: said,
      teacher: Array.from(q, (v) => `probability ${percent(v)}, ${said}`),
      student: Array.from(p, (v) => `probability ${percent(v)}, ${said}`),
    };
  },
});
