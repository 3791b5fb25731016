import type { Control } from "../figure.js";
import { once, s } from "./dom.js";

/** A point of the triangle: three numbers that add up to 1. */
export interface Spot {
  name: string;
  at: ArrayLike<number>;
  colour: string;
  shape: keyof typeof shapes;
}

interface Triangle {
  /** One sentence for those who cannot see the drawing. */
  title: string;
  names: readonly string[];
  scores: ArrayLike<number>;
  spots: readonly Spot[];
  /** Points of a curve, three numbers each. */
  trail: ArrayLike<number>;
  /** Index of the spot that is nearest to the scores. */
  nearest: number;
}

/** Marks of about the same size, told apart without their colour. */
const shapes = {
  circle: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0Z",
  diamond: "M0 -7.5L7.5 0L0 7.5L-7.5 0Z",
  square: "M-5.5 -5.5H5.5V5.5H-5.5Z",
};

const HIGH = Math.sqrt(3) / 2; // of a triangle whose side is 1

/**
 * The triangle of all probabilities of three things, in the plane of their scores. What moves the scores elsewhere is
 * wrapped, so that they can be dragged in the drawing too: the keyboard has the sliders.
 */
export function simplex(control: Control<Float32Array>, range: { min: number; max: number }) {
  let move: (scores: Float32Array) => void = () => {};
  const wrapped: Control<Float32Array> = {
    ...control,
    mount(place, change) {
      move = change;
      return control.mount(place, change);
    },
  };

  function draw(el: HTMLElement, { title, names, scores, spots, trail, nearest }: Triangle) {
    const svg = once(el, "simplex", () => s("svg", { role: "img" }, s("g"), grip()));
    const [layer, handle] = svg.children as unknown as [SVGGElement, SVGGElement];
    const width = Math.max(240, Math.min(620, el.clientWidth));
    const side = Math.min(0.5 * width, 270);
    const height = 1.85 * side * HIGH;
    const [x0, y0] = [width / 2, 0.54 * height];
    const corners = [
      [0, (-2 / 3) * HIGH],
      [-0.5, HIGH / 3],
      [0.5, HIGH / 3],
    ].map(([x, y]) => [x0 + side * x, y0 + side * y]);

    /** Where three numbers are; a constant added to all three changes nothing. */
    const place = (at: ArrayLike<number>, k = 0) => {
      const rest = (1 - at[k] - at[k + 1] - at[k + 2]) / 3;
      return [0, 1].map((axis) => corners.reduce((sum, corner, i) => sum + (at[k + i] + rest) * corner[axis], 0));
    };
    const inside = ([x, y]: number[]) => [
      Math.min(width - 12, Math.max(12, x)),
      Math.min(height - 12, Math.max(12, y)),
    ];
    const [hx, hy] = inside(place(scores));
    const points = spots.map(({ at }) => place(at));

    let curve = "";
    for (let k = 0; k < trail.length; k += 3) {
      const [x, y] = place(trail, k);
      curve += `${k ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    }
    const ends = ["middle", "end", "start"];
    const shift = [
      [0, -12],
      [-8, 18],
      [8, 18],
    ];

    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", String(width));
    svg.setAttribute("height", String(height));
    svg.setAttribute("aria-label", title);
    layer.replaceChildren(
      s("path", { class: "field", d: `M${corners.map(([x, y]) => `${x} ${y}`).join("L")}Z` }),
      ...names.map((name, i) =>
        s(
          "text",
          {
            class: "label",
            x: corners[i][0] + shift[i][0],
            y: corners[i][1] + shift[i][1],
            "text-anchor": ends[i],
            style: `--hue: var(--ink)`,
          },
          name,
        ),
      ),
      s("line", { class: "marker", x1: hx, y1: hy, x2: points[nearest][0], y2: points[nearest][1] }),
      s("path", { class: "line dashed", d: curve, style: "--hue: var(--quiet)" }),
      ...spots.map(({ shape, colour }, i) => mark(shape, points[i][0], points[i][1], colour)),
      ...spots.flatMap(({ name, colour, shape }, i) => [
        mark(shape, 9, 14 + 22 * i, colour),
        s("text", { class: "label", x: 23, y: 14 + 22 * i, dy: "0.32em", style: `--hue: ${colour}` }, name),
      ]),
    );
    handle.setAttribute("transform", `translate(${hx.toFixed(1)} ${hy.toFixed(1)})`);
    handle.onpointerdown = (event) => handle.setPointerCapture(event.pointerId);
    handle.onpointermove = (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const box = svg.getBoundingClientRect();
      const scale = width / box.width;
      const [x, y] = inside([(event.clientX - box.left) * scale, (event.clientY - box.top) * scale]);
      const first = 1 / 3 - (y - y0) / (side * HIGH);
      const gap = (x - x0) / side; // half of what the third is more than the second
      const at = [first, (1 - first) / 2 - gap, (1 - first) / 2 + gap];
      move(Float32Array.from(at, (v) => Math.min(range.max, Math.max(range.min, Math.round(100 * v) / 100))));
    };
  }
  return { control: wrapped, draw };
}

const mark = (shape: keyof typeof shapes, x: number, y: number, colour: string) =>
  s("path", { class: "dot", d: shapes[shape], transform: `translate(${x} ${y})`, style: `--hue: ${colour}` });

/** What is dragged: a ring, and around it room for a finger. */
const grip = () =>
  s(
    "g",
    { class: "grip", "aria-hidden": true },
    s("circle", { class: "reach", r: 22 }),
    s("circle", { class: "ring", r: 9 }),
    s("text", { class: "axis-label", x: 15, y: -11 }, "scores"),
  );
