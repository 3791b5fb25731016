type Attributes = Record<string, string | number | boolean>;
type Child = Node | string;

const SVG = "http://www.w3.org/2000/svg";

function fill<E extends Element>(el: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false) continue;
    // Set as a property, so that a strict content security policy (no inline styles) lets it pass.
    if (name === "style") (el as unknown as HTMLElement).style.cssText = String(value);
    else el.setAttribute(name, value === true ? "" : String(value));
  }
  el.append(...children);
  return el;
}

/** An HTML element. */
export const h = <K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]) =>
  fill(document.createElement(tag), attributes, children);

/** An SVG element. */
export const s = <K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]) =>
  fill(document.createElementNS(SVG, tag), attributes, children) as SVGElementTagNameMap[K];

/** The part of a drawing with this name: found, or made at the end. Widgets draw into it again and again. */
export function part(el: HTMLElement, name: string, title = ""): HTMLElement {
  const found = el.querySelector<HTMLElement>(`:scope > [data-part="${name}"]`);
  if (found) return found;
  const made = h("div", { class: `part part-${name}`, "data-part": name });
  if (title) made.append(h("p", { class: "part-title" }, title));
  el.append(made);
  return made;
}

/** The only element of this class in el: found, or made at the end. */
export function once<E extends Element>(el: HTMLElement, name: string, make: () => E): E {
  const found = el.querySelector<E>(`:scope > .${name}`);
  if (found) return found;
  const made = make();
  made.classList.add(name);
  el.append(made);
  return made;
}

/** A sentence of a drawing, said anew. */
export const say = (el: HTMLElement, name: string, text: string) => {
  once(el, name, () => h("p")).textContent = text;
};

let count = 0;
/** An id no other element has. */
export const unique = () => `k${++count}`;
