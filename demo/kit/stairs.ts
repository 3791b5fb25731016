import { once, s } from "./dom.js";
import { hue, number } from "./text.js";

interface Stream {
  title: string;
  names: readonly string[];
  scores: ArrayLike<number>;
  /** The running maximum after each score that has been seen; as many as have been seen. */
  peaks: ArrayLike<number>;
  min: number;
  max: number;
}

/** Scores in the order they arrive, and above them the stair of the largest so far. */
export function stairs(el: HTMLElement, { title, names, scores, peaks, min, max }: Stream) {
  const svg = once(el, "stairs", () => s("svg", { role: "img" }));
  const width = Math.max(240, el.clientWidth);
  const height = 222;
  const top = 26;
  const bottom = height - 44;
  const left = 24;
  const right = width - 62; // room for the name of the stair
  const step = (right - left) / names.length;
  const x = (i: number) => left + (i + 0.5) * step;
  const y = (v: number) => bottom - ((v - min) / (max - min)) * (bottom - top);
  const seen = peaks.length;

  let stair = "";
  for (let i = 0; i < seen; ++i) {
    const [from, to] = [left + i * step, left + (i + 1) * step];
    stair += `${i === 0 ? "M" : "L"}${from} ${y(peaks[i])}L${to} ${y(peaks[i])}`;
  }

  /** The height the stair has reached, carried to the right edge and named there. */
  const reached = (peak: number) => [
    s("line", { class: "marker", x1: left + seen * step, x2: right, y1: y(peak), y2: y(peak) }),
    s("text", { class: "axis-label", x: right + 8, y: y(peak) - 4 }, "largest"),
    s("text", { class: "figure-number", x: right + 8, y: y(peak) + 11 }, number(peak, 1)),
  ];

  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(height));
  svg.setAttribute("aria-label", title);
  svg.replaceChildren(
    ...(seen > 0
      ? [
          s("rect", {
            class: "window",
            x: left + (seen - 1) * step,
            y: top - 8,
            width: step,
            height: height - top + 8,
          }),
        ]
      : []),
    s("text", { class: "axis-label", x: 0, y: 11 }, "score"),
    s("line", { class: "axis", x1: left, x2: right, y1: y(0), y2: y(0) }),
    s("text", { class: "tick", x: left - 8, y: y(0), dy: "0.32em", "text-anchor": "end" }, "0"),
    ...names.flatMap((name, i) => {
      const v = scores[i];
      const state = i < seen ? "seen" : "to-come";
      const above = v >= 0;
      return [
        s("line", { class: `stem ${state}`, x1: x(i), x2: x(i), y1: y(0), y2: y(v), style: `--hue: ${hue(i)}` }),
        s("circle", { class: `dot ${state}`, cx: x(i), cy: y(v), r: 5, style: `--hue: ${hue(i)}` }),
        s(
          "text",
          { class: `figure-number ${state}`, x: x(i), y: y(v) + (above ? -11 : 20), "text-anchor": "middle" },
          number(v, 1),
        ),
        s("text", { class: "label", x: x(i), y: height - 6, "text-anchor": "middle", style: `--hue: ${hue(i)}` }, name),
      ];
    }),
    s("path", { class: "stair", d: stair }),
    ...(seen > 0 ? reached(peaks[seen - 1]) : []),
  );
}
