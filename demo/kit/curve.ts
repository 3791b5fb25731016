import { once, s } from "./dom.js";
import { type Axis, apart, scale } from "./scale.js";

export interface Line {
  name: string;
  xs: ArrayLike<number>;
  ys: ArrayLike<number>;
  colour: string;
  /** Drawn thin and dashed: what the main lines are compared with. */
  dashed?: boolean;
  /** Where its name stands: at its right end, or at this x, above or below the line. */
  at?: { x: number; side: "above" | "below"; anchor?: "start" | "end" };
}

export interface Point {
  x: number;
  y: number;
  colour: string;
}

interface Chart {
  /** One sentence for those who cannot see the drawing. */
  title: string;
  x: Axis;
  y: Axis;
  lines: readonly Line[];
  /** A vertical line through the present value. */
  marker?: number;
  points?: readonly Point[];
  height?: number;
}

/** Lines over an axis, each named where it ends. Drawn in pixels of the page, so that text keeps its size. */
export function curve(el: HTMLElement, { title, x, y, lines, marker, points = [], height = 260 }: Chart) {
  const svg = once(el, "curve", () => s("svg", { role: "img" }));
  const width = Math.max(240, el.clientWidth);
  const named = lines.some((line) => !line.at);
  const left = 8 + 8 * Math.max(...y.ticks.map((tick) => y.text(tick).length));
  const right = width - (named ? 58 : 10);
  const top = 26;
  const bottom = height - 40;
  const px = scale(x, left, right);
  const py = scale(y, bottom, top);

  const grid = y.ticks.flatMap((tick) => [
    s("line", { class: "grid", x1: left, x2: right, y1: py(tick), y2: py(tick) }),
    s("text", { class: "tick", x: left - 8, y: py(tick), dy: "0.32em", "text-anchor": "end" }, y.text(tick)),
  ]);
  const ticks = x.ticks.flatMap((tick) => [
    s("line", { class: "axis", x1: px(tick), x2: px(tick), y1: bottom, y2: bottom + 4 }),
    s("text", { class: "tick", x: px(tick), y: bottom + 18, "text-anchor": "middle" }, x.text(tick)),
  ]);
  const axis = [
    s("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }),
    s("text", { class: "axis-label", x: right, y: height - 4, "text-anchor": "end" }, x.label),
    s("text", { class: "axis-label", x: 0, y: 11 }, y.label),
  ];
  const now =
    marker === undefined
      ? []
      : [s("line", { class: "marker", x1: px(marker), x2: px(marker), y1: top - 6, y2: bottom })];
  const paths = lines.map((line) =>
    s("path", {
      class: line.dashed ? "line dashed" : "line",
      d: path(line, px, py, y),
      style: `--hue: ${line.colour}`,
    }),
  );
  const dots = points
    .filter((point) => Number.isFinite(point.y))
    .map((point) =>
      s("circle", { class: "dot", cx: px(point.x), cy: py(point.y), r: 4.5, style: `--hue: ${point.colour}` }),
    );

  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(height));
  svg.setAttribute("aria-label", title);
  svg.replaceChildren(
    ...grid,
    ...ticks,
    ...axis,
    ...now,
    ...paths,
    ...labels(lines, px, py, right, top, bottom),
    ...dots,
  );
}

type Place = (value: number) => number;

/** A path through the points that are numbers and on the chart; it breaks where they are not. */
function path({ xs, ys }: Line, px: Place, py: Place, y: Axis): string {
  let d = "";
  let pen = "M";
  for (let i = 0; i < xs.length; ++i) {
    const on = ys[i] >= y.min && ys[i] <= y.max;
    if (on) d += `${pen}${px(xs[i]).toFixed(1)} ${py(ys[i]).toFixed(1)}`;
    pen = on ? "L" : "M";
  }
  return d;
}

function labels(lines: readonly Line[], px: Place, py: Place, right: number, top: number, bottom: number) {
  const ends = lines.filter((line) => !line.at);
  const heights = apart(
    ends.map(({ ys }) => py(ys[ys.length - 1])),
    15,
    top,
    bottom,
  );
  const atEnds = ends.map((line, i) =>
    s("text", { class: "label", x: right + 8, y: heights[i], dy: "0.32em", style: `--hue: ${line.colour}` }, line.name),
  );
  const inside = lines.flatMap((line) => {
    if (!line.at) return [];
    const { x, side, anchor = "middle" } = line.at;
    let i = 0;
    while (i < line.xs.length - 1 && line.xs[i] < x) ++i;
    return [
      s(
        "text",
        {
          class: "label",
          x: anchor === "start" ? Math.min(px(x), right - 7 * line.name.length) : px(x),
          y: py(line.ys[i]) + (side === "above" ? -9 : 18),
          "text-anchor": anchor,
          style: `--hue: ${line.colour}`,
        },
        line.name,
      ),
    ];
  });
  return [...atEnds, ...inside];
}
