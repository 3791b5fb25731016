// The built package in real browsers: numbers, workers, content security policy, servers that go wrong, forced tiers.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { load } from "softmax-wasm";
import { hashes } from "../samples.js";
import { agree } from "./agree.js";
import { type Browser, type Launch, launch, type Name, names, skipped } from "./drive.js";
import type { Tasks } from "./page.js";
import type { Report } from "./report.js";
import { type Server, serve, strictPolicy } from "./serve.js";
import { bounds } from "./spread.js";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folders = {
  "/": at("../../../../tests/web/browsers/"),
  "/tests/": at("./"),
  "/dist/": at("../../../../dist/"),
  "/samples/": at("../"),
};

/** Runs a task of page.ts in a fresh page; returns its result, and what the page complained about. */
async function run<T extends keyof Tasks>(browser: Browser, server: Server, task: T) {
  const page = await browser.open(`${server.origin}/page.html`);
  try {
    const result = await page.evaluate(
      (task: T) => (globalThis as unknown as { tasks: Tasks }).tasks[task]() as ReturnType<Tasks[T]>,
      task,
    );
    return { result, errors: await page.errors() };
  } finally {
    await page.close();
  }
}

for (const name of names) {
  describe(`the package in ${name}`, { skip: skipped(name) }, () => {
    let browser: Browser;
    let server: Server;
    let strict: Server;
    before(async () => {
      browser = await launch(name);
      server = await serve(folders);
      strict = await serve(folders, { "content-security-policy": strictPolicy });
    });
    after(async () => {
      await browser?.close();
      await server?.close();
      await strict?.close();
    });

    it("has the same numbers as in node", async () => {
      const { result, errors } = await run(browser, server, "reports");
      assert.deepEqual(errors, []);
      assert.deepEqual(
        result.slice(0, 2).map(({ variant }) => variant),
        ["scalar", "simd"],
      );
      result.forEach(agree);
    });

    it("has the same numbers in its lean modules", async () => {
      const { result, errors } = await run(browser, server, "lean");
      assert.deepEqual(errors, []);
      assert.ok(result.length >= 2);
      result.forEach(agree);
    });

    it("has the bits of node in every function's sample", async () => {
      const wanted = hashes(await load({ variant: "scalar" }));
      const { result } = await run(browser, server, "hashes");
      assert.deepEqual(result, [wanted, wanted]);
    });

    it("loads the fastest variant the engine can run", async () => {
      const { result } = await run(browser, server, "best");
      assert.equal(result.best, result.supported.at(-1));
      assert.equal(result.loaded, result.best);
    });

    it("runs in a worker", async () => agree((await run(browser, server, "worker")).result));

    it("runs in a worker that was posted the module", async () =>
      agree((await run(browser, server, "postedModule")).result));

    it("merges attention whose keys are spread over workers", async () => {
      const { result, errors } = await run(browser, strict, "spread");
      assert.deepEqual(errors, []);
      const { out, lse } = bounds(3);
      assert.ok(result.out <= out && result.lse <= lse, JSON.stringify(result));
    });

    it("takes the module as URL, bytes, response or compiled", async () => {
      const { result } = await run(browser, server, "handedOver");
      Object.values(result).forEach(agree);
    });

    it("leaves no traces in the page", async () => {
      const { result } = await run(browser, server, "traces");
      assert.deepEqual(result, { listeners: [], globals: [], handlers: 0, elements: 0 });
    });

    for (const task of ["reports", "worker", "postedModule", "handedOver"] as const) {
      it(`runs under a strict content security policy: ${task}`, async () => {
        const { result, errors } = await run(browser, strict, task);
        assert.deepEqual(errors, []);
        const all: Report[] = "variant" in result ? [result as Report] : Object.values(result);
        all.forEach(agree);
      });
    }

    it("loads a module that is served with the wrong type", async () => {
      server.wasm = "wrong type";
      assert.equal((await run(browser, server, "attempt")).result, "loaded");
      server.wasm = "right";
    });

    it("names the URL when the module is missing", async () => {
      server.wasm = "missing";
      assert.match((await run(browser, server, "attempt")).result, /^TypeError: load: \S+scalar\.wasm answered 404/);
      server.wasm = "right";
    });

    it("names the URL when a page is served in the module's place", async () => {
      server.wasm = "app page";
      assert.match(
        (await run(browser, server, "attempt")).result,
        /^TypeError: load: \S+scalar\.wasm is not WebAssembly/,
      );
      server.wasm = "right";
    });

    it("can try again after a load that failed", async () => {
      const page = await browser.open(`${server.origin}/page.html`);
      const attempt = () => page.evaluate(() => (globalThis as unknown as { tasks: Tasks }).tasks.attempt());
      server.wasm = "missing";
      assert.match(await attempt(), /404/);
      server.wasm = "right";
      assert.equal(await attempt(), "loaded");
      await page.close();
    });
  });
}

/** Engines made to believe that they have less, or more, than they do. */
const tiers: { name: Name; how: Launch; best: string }[] = [
  { name: "chromium", how: { args: ["--js-flags=--no-enable-sse4-1"] }, best: "scalar" },
  { name: "firefox", how: { prefs: { "javascript.options.wasm_relaxed_simd": false } }, best: "simd" },
  { name: "webkit", how: { env: { JSC_useWasmSIMD: "0" } }, best: "scalar" },
  { name: "webkit", how: { env: { JSC_useWasmRelaxedSIMD: "1" } }, best: "relaxed" },
];

describe("the variant that is picked", () => {
  for (const { name, how, best } of tiers) {
    it(`is ${best} in ${name} with ${JSON.stringify(how)}`, { skip: skipped(name) }, async () => {
      const browser = await launch(name, how);
      const server = await serve(folders);
      try {
        const { result } = await run(browser, server, "best");
        assert.equal(result.best, best);
        assert.equal(result.loaded, best);
        (await run(browser, server, "reports")).result.forEach(agree);
      } finally {
        await browser.close();
        await server.close();
      }
    });
  }
});
