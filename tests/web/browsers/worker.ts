// The package in a worker: gets options for load(), and answers with a report, or with the attention of a piece.
import { type Package, report } from "./report.js";
import { attend } from "./spread.js";

const door = "/dist/index.js";

globalThis.onmessage = async ({ data }) => {
  try {
    const { load }: Package = await import(door);
    const { piece, ...options } = data;
    const sm = await load(options);
    postMessage(piece === undefined ? report(sm) : attend(sm, piece));
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
