import { h, once } from "./dom.js";

/**
 * A square matrix of weights as an image, a pixel for each: the darker, the more; a rule marks one row.
 *
 * @param caption what assistive technology reads
 * @param weights [n, n], each in [0, 1]
 * @param row the one that is marked
 */
export function matrix(el: HTMLElement, caption: string, weights: Float32Array, row: number) {
  const n = Math.sqrt(weights.length);
  const box = once(el, "matrix", () => h("div", { role: "img" }, h("canvas")));
  box.setAttribute("aria-label", caption);
  box.style.setProperty("--row", String(row / n));
  box.style.setProperty("--rows", String(n));
  const canvas = box.firstElementChild as HTMLCanvasElement;
  canvas.width = canvas.height = n;
  const image = new ImageData(n, n);
  // Roots, as small weights would not be seen beside large ones.
  weights.forEach((weight, i) => {
    image.data[4 * i + 3] = 255 * Math.sqrt(weight);
  });
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}
