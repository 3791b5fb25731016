import { h, once } from "./dom.js";
import { hue } from "./text.js";

export interface Bar {
  name: string;
  value: number;
  text: string;
  /** A tick across the track: what the value is held against. */
  mark?: number;
}

interface Options {
  min?: number;
  max?: number;
  /** Set where the handles beside the bars already carry the names. */
  paired?: boolean;
  /** Set where values go both ways. */
  signed?: boolean;
  /** Set where the texts are longer than a percentage. */
  room?: "wide";
}

/** Horizontal bars from zero, one per name, with its number at the end: nothing is told by length alone. */
export function bars(
  el: HTMLElement,
  rows: readonly Bar[],
  { min = 0, max = 1, paired = false, signed = false, room }: Options = {},
) {
  const list = once(el, "bars", () =>
    h("ul", { class: [paired ? "paired" : "", signed ? "signed" : "", room ?? ""].join(" ").trim() }),
  );
  for (const extra of [...list.children].slice(rows.length)) extra.remove();
  while (list.children.length < rows.length) {
    list.append(
      h(
        "li",
        { style: `--hue: ${hue(list.children.length)}` },
        h("span", { class: "name" }),
        h("span", { class: "track" }, h("span", { class: "fill", "aria-hidden": true }), h("span", { class: "value" })),
      ),
    );
  }
  const place = (v: number) => Math.min(1, Math.max(0, (v - min) / (max - min)));
  list.style.setProperty("--zero", String(place(0)));
  rows.forEach(({ name, value, text, mark }, i) => {
    const item = list.children[i] as HTMLElement;
    const [label, track] = item.children;
    label.textContent = name;
    track.children[1].textContent = text;
    item.classList.toggle("marked", mark !== undefined);
    if (mark !== undefined) item.style.setProperty("--mark", String(place(mark)));
    item.classList.toggle("negative", place(value) < place(0));
    item.style.setProperty("--from", String(Math.min(place(0), place(value))));
    item.style.setProperty("--to", String(Math.max(place(0), place(value))));
  });
}
