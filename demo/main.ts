import { load } from "softmax-wasm";
import { addressOf } from "./address.js";
import { type Figure, mount } from "./figure.js";
import { alone, apologise, figures, fragment, goTo, tellVariant, title, whenAddressChanges } from "./kit/page.js";

const modules = import.meta.glob<{ figure: Figure }>([
  "./maps/**/*.ts",
  "./activations/**/*.ts",
  "./states/**/*.ts",
  "./losses/**/*.ts",
  "./attention/**/*.ts",
]);

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
if (single) title(`${single.id} · softmax-wasm`);
const started = single ? start(single.id, single.place) : Promise.all(figures().map((place) => start(place.id, place)));

loading.then(
  ({ variant }) => tellVariant(variant),
  () => {}, // each figure says so in its place
);
whenAddressChanges(address.reload);
// The browser does not find a section whose name has state behind it, and the figures have moved the others.
started.then(() => address.anchor && goTo(address.anchor));
