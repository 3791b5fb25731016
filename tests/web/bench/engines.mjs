// Where the suite runs: this node, node 24, Chromium.
import { execFileSync, fork } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import puppeteer from "puppeteer-core";
import wabt from "wabt";
import { median } from "./time.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = fileURLToPath(new URL("../../../dist/", import.meta.url));
const modules = join(here, "node_modules/");
// Each variant is loaded from a place of its own: one program runs one variant, and three sharing
// their JavaScript would keep the engine from specialising it.
const kVariants = ["scalar", "simd", "relaxed"];
const kStarts = 7; // processes whose start-up time is taken

/** The module of limits.wat, as bytes that pass through JSON. */
const { parseWat } = await wabt();
const wat = readFileSync(join(here, "limits.wat"), "utf8");
const limits = [...parseWat("limits.wat", wat, { simd: true, relaxed_simd: true }).toBinary({}).buffer];

/** Node by its binary: { name, results }. */
export async function inNode(binary, settings, tell) {
  const version = execFileSync(binary, ["--version"], { encoding: "utf8" }).trim();
  // Relaxed SIMD is behind a flag before node 22.
  const execArgv = Number.parseInt(version.slice(1), 10) < 22 ? ["--experimental-wasm-relaxed-simd"] : [];
  const copies = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const ours = settings.peers ? undefined : copyEach(copies);
    const results = await inChild(binary, execArgv, { ...settings, ours, modules, limits }, tell);
    const starts = ours && "load".includes(settings.only);
    if (starts) results.start = startTimes(binary, execArgv, ours);
    return { name: `node ${version}`, results };
  } finally {
    rmSync(copies, { recursive: true, force: true });
  }
}

/** The suite's results from a node of its own. */
function inChild(binary, execArgv, settings, tell) {
  return new Promise((resolve, reject) => {
    // What the peers print is shown only when the run fails.
    const child = fork(join(here, "node.mjs"), { execPath: binary, execArgv, silent: true });
    let printed = "";
    child.stdout.resume();
    child.stderr.on("data", (text) => (printed += text));
    child.on("message", ({ line, results }) => (results ? resolve(results) : tell(line)));
    child.on("exit", (code) => reject(new Error(`${binary} ended with ${code}\n${printed}`)));
    child.send(settings);
  });
}

/** The package once for each variant under `to`: the urls of their modules. */
function copyEach(to) {
  writeFileSync(join(to, "package.json"), '{ "type": "module" }');
  const copy = (variant) => {
    cpSync(dist, join(to, variant), { recursive: true });
    return pathToFileURL(join(to, variant, "inline.js")).href;
  };
  return Object.fromEntries(kVariants.map((variant) => [variant, copy(variant)]));
}

/** Median ms of load() for each variant. */
function startTimes(binary, execArgv, ours) {
  const once = (variant) =>
    Number(execFileSync(binary, [...execArgv, join(here, "start.mjs"), ours[variant], variant]));
  const times = (variant) => Array.from({ length: kStarts }, () => once(variant));
  return Object.fromEntries(kVariants.map((one) => [one, median(times(one))]));
}

/** Headless Chromium: { name, results }. */
export async function inChromium(settings, tell) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(`no Chromium at ${executablePath}: install it, or set CHROMIUM to its path`);
  }
  const server = await serve();
  const userDataDir = mkdtempSync(join(tmpdir(), "bench-chromium-"));
  const browser = await puppeteer.launch({
    executablePath,
    userDataDir,
    protocolTimeout: 0, // one evaluation is the whole run
    args: [
      "--no-sandbox", // Chromium refuses to run as root otherwise; it opens only our own page
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-sync",
      "--disable-background-networking",
      "--disable-component-update",
    ],
  });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => tell(String(error)));
    await page.exposeFunction("tell", tell);
    await page.goto(server.url);
    const place = (variant) => [variant, `/dist/${variant}/index.js`];
    const ours = settings.peers ? undefined : Object.fromEntries(kVariants.map(place));
    const results = await page.evaluate(
      async (all) => {
        const { suite } = await import("/suite.js");
        return suite(all, window.tell);
      },
      { ...settings, ours, limits, modules: `${server.url}modules/` },
    );
    return { name: await browser.version(), results };
  } finally {
    await browser.close();
    server.close();
    rmSync(userDataDir, { recursive: true, force: true });
  }
}

/** The page, the suite in one file, the peers under modules/, ours under dist/<variant>/. */
async function serve() {
  const bundle = await build({
    entryPoints: [join(here, "suite.mjs")],
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "error",
  });
  const types = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
  };
  const read = (path) => {
    if (path === "/") return "<!doctype html><title>bench</title><body>";
    if (path === "/suite.js") return bundle.outputFiles[0].contents;
    if (path.startsWith("/modules/")) return readFile(join(modules, path.slice("/modules/".length)));
    return readFile(join(dist, path.replace(/^\/dist\/\w+\//, "")));
  };
  const server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    try {
      const body = await read(pathname);
      response.setHeader("content-type", types[extname(pathname)] ?? "text/html");
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}
