// What page.html can be asked to do. The package is imported only when asked, so that a page can be looked at before and
// after; it is served at /dist/, this folder's compiled files at /tests/.
import { type Package, type Report, report, reports } from "./report.js";
import { type Attended, differences, pieces } from "./spread.js";

const door = "/dist/index.js";
const enter = (): Promise<Package> => import(door);

const leanDoor = "/dist/lean.js";

const wasm = "/dist/wasm/scalar.wasm";

/** The samples are of all functions; served from the folder above this one's. */
const samples = "/samples/samples.js";

const tasks = {
  async reports() {
    return reports(await enter());
  },

  async lean() {
    return reports((await import(leanDoor)) as Package);
  },

  /** The bits of every sample, in the modules that have the same everywhere. */
  async hashes(): Promise<Record<string, string>[]> {
    const { load } = await enter();
    const { hashes }: typeof import("../samples.js") = await import(samples);
    return [hashes(await load({ variant: "scalar" })), hashes(await load({ variant: "simd" }))];
  },

  async best() {
    const { best, variants, supports, load } = await enter();
    return { best: best(), loaded: (await load()).variant, supported: variants.filter(supports) };
  },

  /** The scalar module, handed over in every way there is. */
  async handedOver(): Promise<Record<string, Report>> {
    const { load } = await enter();
    const bytes = await (await fetch(wasm)).arrayBuffer();
    const variant = "scalar";
    return {
      wasmUrl: report(await load({ variant, wasmUrl: wasm })),
      URL: report(await load({ variant, wasmUrl: new URL(wasm, location.href) })),
      bytes: report(await load({ variant, bytes })),
      view: report(await load({ variant, bytes: new Uint8Array(bytes) })),
      response: report(await load({ variant, response: fetch(wasm) })),
      module: report(await load({ variant, module: await WebAssembly.compile(bytes) })),
    };
  },

  worker: () => inWorker<Report>({}),

  /** Attention whose keys are spread over three workers. */
  async spread() {
    const parts = await Promise.all(pieces(3).map((piece) => inWorker<Attended>({ piece })));
    return differences(await (await enter()).load(), parts);
  },

  /** A module compiled by the page and posted to a worker. */
  async postedModule() {
    return inWorker<Report>({
      variant: "scalar",
      module: await WebAssembly.compile(await (await fetch(wasm)).arrayBuffer()),
    });
  },

  /** What load() says when it fails; "loaded" when it does not. */
  async attempt() {
    const { load } = await enter();
    return load({ variant: "scalar" }).then(() => "loaded", String);
  },

  /** What changes in the page when the package is imported, loaded and used. */
  async traces() {
    const listeners: string[] = [];
    const listen = EventTarget.prototype.addEventListener;
    EventTarget.prototype.addEventListener = function (type: string, ...rest: unknown[]) {
      listeners.push(type);
      return listen.call(this, type, ...(rest as [EventListener]));
    };
    const before = globals();
    report(await (await enter()).load());
    EventTarget.prototype.addEventListener = listen;
    return {
      listeners,
      globals: globals().filter((name) => !before.includes(name)),
      handlers: [globalThis.onerror, globalThis.onunhandledrejection].filter((handler) => handler !== null).length,
      elements: document.querySelectorAll("body *").length,
    };
  },
};

const globals = () => Object.getOwnPropertyNames(globalThis);

function inWorker<Answer>(options: object): Promise<Answer> {
  const worker = new Worker("/tests/worker.js", { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => ("error" in data ? reject(new Error(data.error)) : resolve(data));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(options);
  });
}

export type Tasks = typeof tasks;
Object.assign(globalThis, { tasks });
