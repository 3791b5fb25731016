import { h } from "./dom.js";

/** A button and the line that says, aloud too, what came of pressing it. */
export function trigger(place: HTMLElement, label: string, press: () => void) {
  const button = h("button", { type: "button", class: "go" }, label);
  const status = h("p", { class: "status", role: "status" });
  button.addEventListener("click", press);
  place.append(h("div", { class: "trigger" }, button, status));
  return (text: string, busy: boolean) => {
    status.textContent = text;
    button.setAttribute("aria-disabled", String(busy));
  };
}
