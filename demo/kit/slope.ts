import { once, s } from "./dom.js";
import { apart } from "./scale.js";
import { hue } from "./text.js";

interface Side {
  title: string;
  values: ArrayLike<number>;
  min: number;
  max: number;
  text: (value: number) => string;
}

/** Two columns of values joined by lines: where no two lines cross, the order is the same on both sides. */
export function slope(el: HTMLElement, title: string, names: readonly string[], left: Side, right: Side) {
  const svg = once(el, "slope", () => s("svg", { role: "img" }));
  const width = Math.max(240, Math.min(560, el.clientWidth));
  const height = 300;
  const top = 44;
  const bottom = height - 14;
  const a = 104;
  const b = width - 64;
  const place = ({ values, min, max }: Side) =>
    names.map((_, i) => bottom - ((values[i] - min) / (max - min)) * (bottom - top));
  const from = place(left);
  const to = place(right);
  const spread = (places: number[]) => apart(places, 16, top, bottom);
  const fromText = spread(from);
  const toText = spread(to);

  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(height));
  svg.setAttribute("aria-label", title);
  svg.replaceChildren(
    s("text", { class: "axis-label", x: a, y: 14, "text-anchor": "end" }, left.title),
    s("text", { class: "axis-label", x: b, y: 14 }, right.title),
    s("line", { class: "axis", x1: a, x2: a, y1: top - 14, y2: bottom }),
    s("line", { class: "axis", x1: b, x2: b, y1: top - 14, y2: bottom }),
    ...names.flatMap((name, i) => [
      s("line", { class: "line", x1: a, y1: from[i], x2: b, y2: to[i], style: `--hue: ${hue(i)}` }),
      s("circle", { class: "dot", cx: a, cy: from[i], r: 4, style: `--hue: ${hue(i)}` }),
      s("circle", { class: "dot", cx: b, cy: to[i], r: 4, style: `--hue: ${hue(i)}` }),
      s(
        "text",
        { class: "label", x: a - 52, y: fromText[i], dy: "0.32em", "text-anchor": "end", style: `--hue: ${hue(i)}` },
        name,
      ),
      s(
        "text",
        { class: "figure-number", x: a - 12, y: fromText[i], dy: "0.32em", "text-anchor": "end" },
        left.text(left.values[i]),
      ),
      s("text", { class: "figure-number", x: b + 12, y: toText[i], dy: "0.32em" }, right.text(right.values[i])),
    ]),
  );
}
