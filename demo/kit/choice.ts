import type { Control } from "../figure.js";
import { h, unique } from "./dom.js";

/** One of several named things. */
export function choice<K extends string>(initial: K, names: Readonly<Record<K, string>>, label: string): Control<K> {
  return {
    initial,
    write: (value) => value,
    read: (text) => (Object.hasOwn(names, text) ? (text as K) : undefined),
    mount(place, change) {
      const id = unique();
      const options = Object.entries<string>(names).map(([value, name]) => h("option", { value }, name));
      const select = h("select", { id }, ...options);
      select.addEventListener("change", () => change(select.value as K));
      place.append(h("div", { class: "choice" }, h("label", { for: id }, label), select));
      return (value) => {
        select.value = value;
      };
    },
  };
}
