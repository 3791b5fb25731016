// The package in a worker: gets options for load(), answers with a report.
import { type Package, report } from "./report.js";

const door = "/dist/index.js";

globalThis.onmessage = async ({ data }) => {
  try {
    const { load }: Package = await import(door);
    postMessage(report(await load(data)));
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
