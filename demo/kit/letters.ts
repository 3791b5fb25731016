import { h } from "./dom.js";

interface Strip {
  name: string;
  /** The shade of each letter, from -1 (cool) over 0 (none) to 1 (warm); a letter without one cannot be seen. */
  shades: readonly (number | undefined)[];
}

/** A text again and again, its letters shaded; the one at a place has a frame. */
export function letters(el: HTMLElement, text: string, at: number, strips: readonly Strip[]) {
  el.querySelector(":scope > .letters")?.remove();
  el.append(
    h(
      "div",
      { class: "letters", "aria-hidden": true }, // the numbers are told beside
      ...strips.flatMap(({ name, shades }) => [
        h("span", { class: "name" }, name),
        h(
          "span",
          { class: "text" },
          ...Array.from(text, (letter, i) => {
            const shade = shades[i];
            const kind = shade === undefined ? "hidden" : shade < 0 ? "down" : "up";
            const strength = Math.min(1, Math.abs(shade ?? 0)).toFixed(3);
            return h("span", { class: i === at ? `${kind} at` : kind, style: `--strength: ${strength}` }, letter);
          }),
        ),
      ]),
    ),
  );
}
