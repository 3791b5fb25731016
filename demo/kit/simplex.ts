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
  triangle: "M0 -7L6.5 4.5H-6.5Z",
  square: "M-5.5 -5.5H5.5V5.5H-5.5Z",
};

const HIGH = Math.sqrt(3) / 2; // of a triangle whose side is 1
const EDGE = 12; // pixels that the ring keeps from the edge of the drawing

/**
 * The triangle of all probabilities of three things, in the plane of their scores. The control that moves the scores is
 * wrapped, so that they can be dragged in the drawing too; the keyboard has its sliders.
 */
export function simplex(control: Control<Float32Array>, { min, max }: { min: number; max: number }) {
  let move: (scores: Float32Array) => void = () => {};
  let field = plane(240);
  const wrapped: Control<Float32Array> = {
    ...control,
    mount(place, change) {
      move = change;
      return control.mount(place, change);
    },
  };

  function make(): SVGSVGElement {
    const handle = grip();
    const svg = s("svg", { role: "img" }, s("g"), handle);
    const drag = ({ clientX, clientY }: PointerEvent) => {
      const box = svg.getBoundingClientRect();
      const scale = field.width / box.width;
      const at = field.numbers(field.inside([(clientX - box.left) * scale, (clientY - box.top) * scale]));
      move(Float32Array.from(at, (v) => Math.min(max, Math.max(min, Math.round(100 * v) / 100))));
    };
    handle.addEventListener("pointerdown", () => {
      document.addEventListener("pointermove", drag);
      for (const end of ["pointerup", "pointercancel"])
        document.addEventListener(end, () => document.removeEventListener("pointermove", drag), { once: true });
    });
    return svg;
  }

  function draw(el: HTMLElement, { title, names, scores, spots, trail, nearest }: Triangle) {
    const svg = once(el, "simplex", make);
    const [layer, handle] = svg.children;
    field = plane(Math.max(240, Math.min(620, el.clientWidth)));
    const { width, height, corners, point, inside } = field;
    const [hx, hy] = inside(point(scores));
    const [nx, ny] = point(spots[nearest].at);

    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", String(width));
    svg.setAttribute("height", String(height));
    svg.setAttribute("aria-label", title);
    layer.replaceChildren(
      s("path", { class: "field", d: `${path(corners)}Z` }),
      ...names.map((name, i) => cornerName(name, i, corners[i])),
      s("line", { class: "marker", x1: hx, y1: hy, x2: nx, y2: ny }),
      s("path", { class: "line dashed", d: path(threes(trail).map(point)), style: "--hue: var(--quiet)" }),
      ...spots.map(({ shape, at, colour }) => mark(shape, point(at), colour)),
      ...spots.flatMap(({ name, colour, shape }, i) => [
        mark(shape, [9, 14 + 22 * i], colour),
        s("text", { class: "label", x: 23, y: 14 + 22 * i, dy: "0.32em", style: `--hue: ${colour}` }, name),
      ]),
    );
    handle.setAttribute("transform", `translate(${hx.toFixed(1)} ${hy.toFixed(1)})`);
  }
  return { control: wrapped, draw };
}

type Pixels = readonly [number, number];

/** Where three numbers are in a drawing of this width, and what numbers are at a place of it. */
function plane(width: number) {
  const side = Math.min(0.5 * width, 270);
  const height = 1.85 * side * HIGH;
  const [x0, y0] = [width / 2, 0.54 * height]; // the middle of the triangle, all three equal
  const corners: Pixels[] = [
    [x0, y0 - (2 / 3) * side * HIGH],
    [x0 - side / 2, y0 + (side * HIGH) / 3],
    [x0 + side / 2, y0 + (side * HIGH) / 3],
  ];
  return {
    width,
    height,
    corners,
    /** A constant added to all three changes nothing: they are made to add up to 1. */
    point(at: ArrayLike<number>): Pixels {
      const rest = (1 - at[0] - at[1] - at[2]) / 3;
      const along = (axis: 0 | 1) => corners.reduce((sum, corner, i) => sum + (at[i] + rest) * corner[axis], 0);
      return [along(0), along(1)];
    },
    numbers([x, y]: Pixels): number[] {
      const first = 1 / 3 - (y - y0) / (side * HIGH);
      const half = (x - x0) / side; // of what the third is more than the second
      return [first, (1 - first) / 2 - half, (1 - first) / 2 + half];
    },
    inside: ([x, y]: Pixels): Pixels => [
      Math.min(width - EDGE, Math.max(EDGE, x)),
      Math.min(height - EDGE, Math.max(EDGE, y)),
    ],
  };
}

const path = (points: readonly Pixels[]) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;

const threes = (values: ArrayLike<number>) =>
  Array.from({ length: values.length / 3 }, (_, k) => [values[3 * k], values[3 * k + 1], values[3 * k + 2]]);

/** Above the first corner, outside and under the others. */
const cornerName = (name: string, i: number, [x, y]: Pixels) =>
  s(
    "text",
    {
      class: "label",
      x: x + [0, -8, 8][i],
      y: y + [-12, 18, 18][i],
      "text-anchor": ["middle", "end", "start"][i],
      style: "--hue: var(--ink)",
    },
    name,
  );

const mark = (shape: keyof typeof shapes, [x, y]: Pixels, colour: string) =>
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
