// npm run build: three modules under build/wasm, and from them and web/ the package under dist/.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bin, npm, root, run } from "./bring.mjs";

export const variants = ["scalar", "simd", "relaxed"];

/** The declarations that stand beside web/ while it is compiled: what Emscripten wrote, and wasm as a module. */
const declarations = join(root, "build/web/wasm");
/** The package while it is put together. */
const dist = join(root, "build/dist");

const emscripten = (...command) =>
  new Promise((resolve, reject) => {
    const child = spawn(join(root, "cpp/toolchain.sh"), command, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stdout.on("data", (text) => (said += text));
    child.stderr.on("data", (text) => {
      if (String(text).startsWith("toolchain:")) process.stderr.write(text);
      else said += text;
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(said) : reject(new Error(`${command.join(" ")} failed\n${said}`)),
    );
  });

/** Configures the tree and builds targets in it: a variant's module "simd", "lean-simd", its test program "tests-simd". */
export async function compile(...targets) {
  const tree = "build/wasm";
  await emscripten("emcmake", "cmake", "-G", "Ninja", "-S", ".", "-B", tree);
  return await emscripten("cmake", "--build", tree, "--target", ...targets);
}

function declare(variant) {
  // The modules export the same, lean ones less of it.
  for (const name of [variant, `lean-${variant}`]) {
    copyFileSync(join(root, "build/wasm/declarations.d.ts"), join(declarations, `${name}.d.ts`));
  }
  writeFileSync(
    join(declarations, `${variant}.base64.d.ts`),
    "declare const base64: string;\nexport default base64;\n",
  );
  writeFileSync(
    join(declarations, `${variant}.d.wasm.ts`),
    "declare const module: WebAssembly.Module;\nexport default module;\n",
  );
}

/** Names of Embind's own that nothing outside its glue reads. */
const internal =
  /^(toWireType|fromWireType|destructorFunction|argPackAdvance|readValueFromPointer|overloadTable|argCount)$/;

async function place(name, terser) {
  const made = join(root, "build/wasm", name);
  const placed = join(dist, "wasm", name);
  const glue = readFileSync(`${made}.js`, "utf8")
    // Glue that named its wasm would make bundlers ship it a second time: web/load.ts brings it, …
    .replaceAll("import.meta.url", '""')
    // … always, so that the ways of fetching it in here go.
    .replace(/wasmBinaryFile\?\?=findWasmBinary\(\);[^{}]*return\{\}/, "return{}");
  const { code } = await terser.minify(glue, {
    ecma: 2020,
    module: true,
    compress: {
      passes: 3,
      global_defs: { document: undefined, importScripts: undefined, process: undefined, window: undefined },
    },
    mangle: { properties: { regex: internal } },
  });
  writeFileSync(`${placed}.js`, code);
  copyFileSync(`${made}.wasm`, `${placed}.wasm`);
  copyFileSync(join(declarations, `${name}.d.ts`), `${placed}.d.ts`);
}

export async function build() {
  npm();
  await compile(...variants, ...variants.map((variant) => `lean-${variant}`), "declarations");

  rmSync(join(root, "build/web"), { recursive: true, force: true });
  mkdirSync(declarations, { recursive: true });
  variants.forEach(declare);

  rmSync(dist, { recursive: true, force: true });
  mkdirSync(join(dist, "wasm"), { recursive: true });
  run(bin("tsc"), ["-p", "web"]);
  const [esbuild, terser] = [await import("esbuild"), await import("terser")]; // installed only now
  // One file for each entry: a page without a bundler asks for one instead of nine, and it is a fifth smaller.
  await esbuild.build({
    entryPoints: ["index", "inline", "lean", "workerd"].map((entry) => join(root, "web", `${entry}.ts`)),
    outdir: dist,
    bundle: true,
    external: ["./wasm/*"],
    format: "esm",
    minify: true,
    target: "es2022",
    logLevel: "warning",
  });
  for (const name of readdirSync(dist).filter((file) => file.endsWith(".js"))) {
    const { code } = await terser.minify(readFileSync(join(dist, name), "utf8"), {
      ecma: 2020,
      module: true,
      compress: { passes: 3 },
    });
    writeFileSync(join(dist, name), code);
  }
  for (const variant of variants) {
    await place(variant, terser);
    await place(`lean-${variant}`, terser);
    const base64 = readFileSync(join(dist, `wasm/${variant}.wasm`), "base64");
    writeFileSync(join(dist, `wasm/${variant}.base64.js`), `export default "${base64}";\n`);
  }

  rmSync(join(root, "dist"), { recursive: true, force: true });
  renameSync(dist, join(root, "dist"));
}

if (process.argv[1] === import.meta.filename) await build();
