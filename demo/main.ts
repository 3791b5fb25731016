import { load } from "softmax-wasm";
import { addressOf } from "./address.js";
import { type Figure, mount } from "./figure.js";
import { alone, apologise, figures, fragment, goTo, tellVariant, title, whenAddressChanges, whenNear } from "./kit/page.js";

const modules = import.meta.glob<{ figure: Figure }>(["./maps/**/*.ts", "./states/**/*.ts"]);

const loading = load();
const address = addressOf(fragment());

async function start(id: string, place: HTMLElement) {
  try {
    const module = Object.hasOwn(modules, `./${id}.ts`) ? modules[`./${id}.ts`] : undefined;
    if (!module) throw new RangeError(`there is no figure "${id}"`);
    const [sm, { figure }] = await Promise.all([loading, module()]);
    mount(id, figure, place, sm, address);
  } catch (error) {
    apologise(place, error);
  }
}

const single = alone();
if (single) {
  title(`${single.id} · softmax-wasm`);
  start(single.id, single.place);
}
for (const place of figures()) whenNear(place, () => start(place.id, place));

loading.then(
  ({ variant }) => tellVariant(variant),
  () => {}, // each figure says so in its place
);
whenAddressChanges(address.reload);
// With state behind it, the name of a section is not one the browser finds by itself.
if (address.anchor) goTo(address.anchor);
