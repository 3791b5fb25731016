// Runs the suite in the node that runs this file; started by engines.mjs, talks to it in messages.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { runInThisContext } from "node:vm";
import { suite } from "./suite.mjs";

process.once("message", async (settings) => {
  const results = await suite({ ...settings, asWorker }, (line) => process.send({ line }));
  process.send({ results }, () => process.exit());
});

/** Dresses this node as a worker while load runs: LiteRT.js loads its module by importScripts. */
async function asWorker(load) {
  const worker = {
    self: globalThis,
    require: createRequire(import.meta.url),
    importScripts(path) {
      globalThis.__filename = path;
      globalThis.__dirname = dirname(path);
      runInThisContext(readFileSync(path, "utf8"), { filename: path });
    },
  };
  Object.assign(globalThis, worker);
  try {
    return await load();
  } finally {
    // The other contestants tell node from a browser by these names.
    for (const name of [...Object.keys(worker), "__filename", "__dirname"]) delete globalThis[name];
  }
}
