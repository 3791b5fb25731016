import { h } from "./dom.js";

export interface Reading {
  name: string;
  text: string;
  colour?: string;
  alarm?: boolean;
}

/** A few numbers side by side, each under its name. */
export function readout(el: HTMLElement, readings: readonly Reading[]) {
  el.querySelector(":scope > .readout")?.remove();
  el.append(
    h(
      "dl",
      { class: "readout" },
      ...readings.map(({ name, text, colour = "var(--ink)", alarm = false }) =>
        h("div", { style: `--hue: ${colour}` }, h("dt", {}, name), h("dd", { class: alarm ? "alarm" : "" }, text)),
      ),
    ),
  );
}
