import type { Control } from "../figure.js";
import { h } from "./dom.js";

const MOST = 999_999;

/** A button that draws anew: the seed of the noise, one more with every press. */
export function dice(label: string, shared?: string): Control<number> {
  return {
    initial: 1,
    ...(shared === undefined ? {} : { shared }),
    write: String,
    read(text) {
      const seed = text.trim() === "" ? Number.NaN : Number(text);
      return Number.isInteger(seed) && seed >= 1 && seed <= MOST ? seed : undefined;
    },
    mount(place, change) {
      let now = 0;
      const button = h("button", { type: "button" }, label);
      const seed = h("span", { class: "status" });
      const said = h("span", { class: "unseen", role: "status" });
      button.addEventListener("click", () => change((now % MOST) + 1));
      place.append(h("div", { class: "dice" }, button, seed, said));
      return (value, echo) => {
        seed.textContent = `seed ${value}`;
        // What came of a press is said once; it stays silent while something else is moved.
        if (now !== 0 && now !== value) said.textContent = String(echo);
        now = value;
      };
    },
  };
}
