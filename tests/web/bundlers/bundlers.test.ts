// A small app, bundled with the installed package by each bundler and run in Chromium under a strict content security policy.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { nodeResolve } from "@rollup/plugin-node-resolve";
// @ts-expect-error: it has types, but its "exports" do not lead to them.
import { importMetaAssets } from "@web/rollup-plugin-import-meta-assets";
import esbuild from "esbuild";
import { rollup } from "rollup";
import * as vite from "vite";
import webpack from "webpack";
import { type Browser, launch, skipped } from "../browsers/drive.js";
import { digits } from "../browsers/report.js";
import { serve, strictPolicy } from "../browsers/serve.js";
import { project } from "./project.js";

/** An app that computes with every variant the engine runs. */
const app = (imports: string, options = "{ variant }") => `
${imports}
const numbers = async (variant) =>
  Array.from((await load(${options})).softmax([1, 3, 2]), (p) => p.toFixed(6)).join(" ");
globalThis.answers = Promise.all(variants.filter(supports).map(numbers));
`;

const index = (script: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>App</title>${script}</head><body></body></html>
`;

const user = project({
  "favicon.ico": "", // or a browser complains
  "index.html": index('<script type="module" src="/app.js"></script>'),
  "app.js": app('import { load, supports, variants } from "softmax-wasm";'),
  "inline.js": app('import { load, supports, variants } from "softmax-wasm/inline";'),
  "urls.js": app(
    `import { load, supports, variants } from "softmax-wasm";
import scalar from "softmax-wasm/scalar.wasm";
import simd from "softmax-wasm/simd.wasm";
import relaxed from "softmax-wasm/relaxed.wasm";
const urls = { scalar, simd, relaxed };`,
    "{ variant, wasmUrl: urls[variant] }",
  ),
});

const viteSettings = { root: user.folder, configFile: false, logLevel: "warn" } as const;

const runWebpack = (out: string) =>
  new Promise<void>((resolve, reject) =>
    webpack({ context: user.folder, entry: "./app.js", mode: "production", output: { path: out } }, (error, stats) =>
      error || stats?.hasErrors() ? reject(error ?? new Error(stats?.toString())) : resolve(),
    ),
  );

async function runRollup(out: string) {
  const bundle = await rollup({ input: join(user.folder, "app.js"), plugins: [nodeResolve(), importMetaAssets()] });
  await bundle.write({ dir: out, format: "es" });
}

const runEsbuild = (entry: string, out: string) =>
  esbuild.build({
    absWorkingDir: user.folder,
    entryPoints: { main: entry },
    bundle: true,
    minify: true,
    format: "esm",
    outdir: out,
    loader: { ".wasm": "file" },
  });

/** Each bundler writes a site into the folder. Those that make no page get one, with the name of their script. */
const bundlers: Record<string, { bundle: (out: string) => Promise<unknown>; script?: string }> = {
  Vite: { bundle: (out) => vite.build({ ...viteSettings, build: { outDir: out } }) },
  "Vite, all files inlined as data: URLs": {
    bundle: (out) => vite.build({ ...viteSettings, build: { outDir: out, assetsInlineLimit: 1e9 } }),
  },
  webpack: { bundle: runWebpack, script: '<script defer src="main.js"></script>' },
  "Rollup with import-meta-assets": { bundle: runRollup, script: '<script type="module" src="app.js"></script>' },
  "esbuild, the package with the modules inside": {
    bundle: (out) => runEsbuild("./inline.js", out),
    script: '<script type="module" src="main.js"></script>',
  },
  "esbuild, the modules by URL": {
    bundle: (out) => runEsbuild("./urls.js", out),
    script: '<script type="module" src="main.js"></script>',
  },
};

after(() => user.remove());

describe("bundled", { skip: skipped("chromium") }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launch("chromium");
  });
  after(() => browser?.close());

  async function check(url: string) {
    const page = await browser.open(url);
    const answers = await page.evaluate(() => (globalThis as unknown as { answers: Promise<string[]> }).answers);
    assert.deepEqual(await page.errors(), []);
    assert.ok(answers.length >= 2);
    for (const answer of answers) assert.equal(answer, digits);
    await page.close();
  }

  Object.entries(bundlers).forEach(([name, { bundle, script }], i) => {
    it(`by ${name}`, async () => {
      const out = join(user.folder, `out${i}`);
      mkdirSync(out);
      await bundle(out);
      if (script) writeFileSync(join(out, "index.html"), index(script));
      const server = await serve({ "/": out }, { "content-security-policy": strictPolicy });
      try {
        await check(`${server.origin}/`);
        assert.deepEqual(server.missing, []);
      } finally {
        await server.close();
      }
    });
  });

  it("by Vite's development server", async () => {
    const server = await vite.createServer({ ...viteSettings, server: { host: "127.0.0.1", port: 0 } });
    await server.listen();
    try {
      await check(server.resolvedUrls!.local[0]!);
    } finally {
      await server.close();
    }
  });
});
