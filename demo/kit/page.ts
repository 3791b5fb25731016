import { h } from "./dom.js";

/** The figures of the article, in its order. */
export const figures = () => [...document.querySelectorAll<HTMLElement>("figure[id]:not([data-alone])")];

/** Tells whether the element can be seen, and when its width changes. */
export function whileShown(el: Element, tell: (shown: boolean) => void, resized: () => void) {
  let near = false;
  const say = () => tell(near && !document.hidden);
  new IntersectionObserver(
    (entries) => {
      near = entries.at(-1)?.isIntersecting ?? false;
      say();
    },
    { rootMargin: "200px" },
  ).observe(el);
  document.addEventListener("visibilitychange", say);

  let width = el.clientWidth;
  new ResizeObserver(() => {
    if (el.clientWidth === width) return;
    width = el.clientWidth;
    resized();
  }).observe(el);
}

/** Calls back when the reader turns to another tab or window. */
export const whenHidden = (hidden: () => void) =>
  document.addEventListener("visibilitychange", () => document.hidden && hidden());

/** The parts of a mounted figure: controls above, the drawing below, a way back to the start. */
export function stage(figure: HTMLElement, onReset: () => void) {
  const panel = h("div", { class: "controls" });
  const view = h("div", { class: "view" });
  const reset = h("button", { class: "reset", type: "button", hidden: true }, "Reset");
  reset.addEventListener("click", () => {
    onReset();
    // The button hides itself, and the focus would fall back to the top of the page.
    panel.querySelector<HTMLElement>("input, select, button")?.focus();
  });
  figure.querySelector(".stage")?.remove();
  figure.prepend(h("div", { class: "stage" }, panel, view, reset));
  return { panel, view, reset };
}

/** Says in a figure's place why it is not there. */
export function apologise(figure: HTMLElement, reason: unknown) {
  const text = reason instanceof Error ? reason.message : String(reason);
  figure.querySelector(".stage")?.remove();
  figure.prepend(h("p", { class: "stage failed", role: "alert" }, `This figure could not start: ${text}`));
}

/** The fragment of the address. Browsers allow about 100 changes in 30 seconds, so a drag is written once, after it. */
export function fragment() {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    read: () => location.hash.slice(1),
    write(text: string) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const { pathname, search } = location;
        if (text !== location.hash.slice(1))
          history.replaceState(history.state, "", pathname + search + (text && `#${text}`));
      }, 250);
    },
  };
}

export const whenAddressChanges = (changed: () => void) => addEventListener("hashchange", changed);

export function goTo(id: string) {
  document.getElementById(id)?.scrollIntoView({ behavior: "instant" });
}

/** alone.html?figure=<id>: the id asked for, and the place for it. */
export function alone() {
  const place = document.querySelector<HTMLElement>("figure[data-alone]");
  const id = place && (new URLSearchParams(location.search).get("figure") ?? "");
  if (!place || id === null) return undefined;
  place.id = id;
  return { id, place };
}

/** Says at the foot of the article which module is at work. */
export function tellVariant(variant: string) {
  const place = document.querySelector("[data-variant]");
  if (place) place.textContent = `Your browser runs the ${variant} module.`;
}

export function title(text: string) {
  document.title = text;
}
