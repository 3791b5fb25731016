import { h, once } from "./dom.js";
import { hue } from "./text.js";

export interface Segment {
  name: string;
  /** Which colour it has. */
  i: number;
  length: number;
}

/** Segments laid end to end on a track of the given length, with what they add up to. */
export function stack(
  el: HTMLElement,
  name: string,
  label: string,
  segments: readonly Segment[],
  total: string,
  length: number,
) {
  const row = once(el, `stack-${name}`, () =>
    h(
      "div",
      { class: "stack" },
      h("span", { class: "name" }),
      h("span", { class: "track", "aria-hidden": true }),
      h("span", { class: "value" }),
    ),
  );
  const [title, track, value] = row.children as unknown as [HTMLElement, HTMLElement, HTMLElement];
  title.textContent = label;
  value.textContent = total;
  // Kept elements slide to their new length; the browser leaves that out when motion is to be reduced.
  for (const extra of [...track.children].slice(segments.length)) extra.remove();
  segments.forEach((segment, k) => {
    const bar = (track.children[k] as HTMLElement | undefined) ?? track.appendChild(h("span", { class: "segment" }));
    bar.style.setProperty("--hue", hue(segment.i));
    bar.style.setProperty("--share", String(segment.length / length));
    const room = (segment.length / length) * track.clientWidth;
    bar.textContent = room > 8 * segment.name.length + 8 ? segment.name : "";
  });
}
