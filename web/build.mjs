// npm run build: three modules under build/wasm, and from them and web/ the package under dist/.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bin, npm, root, run } from "./bring.mjs";

export const variants = ["scalar", "simd", "relaxed"];

/** What stands beside web/ while it is compiled: the glue that Emscripten wrote, and wasm as a module. */
const made = join(root, "build/web");
const glues = ["glue", "lean-glue"];
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

/** Declarations of what the build makes beside the sources. The modules export the same, lean ones less of it. */
function declare() {
  mkdirSync(join(made, "wasm"), { recursive: true });
  for (const glue of glues) copyFileSync(join(root, "build/wasm/declarations.d.ts"), join(made, `${glue}.d.ts`));
  const holds = (file, type) =>
    writeFileSync(join(made, "wasm", file), `declare const it: ${type};\nexport default it;\n`);
  for (const variant of variants) {
    holds(`${variant}.base64.d.ts`, "string");
    holds(`${variant}.d.wasm.ts`, "WebAssembly.Module");
  }
}

/** Names of Embind's own that nothing outside its glue reads. */
const internal =
  /^(toWireType|fromWireType|destructorFunction|argPackAdvance|readValueFromPointer|overloadTable|argCount)$/;

/** The glue of the modules with that prefix, one for all three. */
async function glue(prefix, terser) {
  const texts = variants.map((variant) =>
    readFileSync(join(root, `build/wasm/${prefix}${variant}.js`), "utf8")
      // Glue that named its wasm would make bundlers ship it a second time: web/load.ts brings it, …
      .replaceAll("import.meta.url", '""')
      .replaceAll(`${prefix}${variant}.wasm`, "")
      // … always, so that the ways of fetching it in here go.
      .replace(/wasmBinaryFile\?\?=findWasmBinary\(\);[^{}]*return\{\}/, "return{}")
      // Its views of the memory are for itself: web/memory.ts makes its own.
      .replaceAll(/Module\["HEAP\w+"\]=/g, ""),
  );
  if (texts.some((text) => text !== texts[0]))
    throw new Error(`the glue of the ${prefix}modules differs, and is to be one`);
  // It asks where it runs to fetch its module, and Embind's numbers ask for a size that they do not bring.
  const nowhere = { document: undefined, importScripts: undefined, process: undefined, window: undefined };
  const known = { ...nowhere, GenericWireTypeSize: 8 };
  const { code } = await terser.minify(texts[0], {
    ecma: 2020,
    module: true,
    // Views and a console that nothing uses go too.
    compress: { passes: 3, global_defs: known, pure_new: true, pure_funcs: ["console.log.bind"] },
    mangle: { properties: { regex: internal } },
  });
  return code;
}

export async function build() {
  npm();
  await compile(...variants, ...variants.map((variant) => `lean-${variant}`), "declarations");

  rmSync(made, { recursive: true, force: true });
  declare();

  rmSync(dist, { recursive: true, force: true });
  mkdirSync(join(dist, "wasm"), { recursive: true });
  run(bin("tsc"), ["-p", "web"]);
  copyFileSync(join(made, "glue.d.ts"), join(dist, "glue.d.ts"));

  const [esbuild, terser] = [await import("esbuild"), await import("terser")]; // installed only now
  for (const name of glues) writeFileSync(join(made, `${name}.js`), await glue(name.replace("glue", ""), terser));
  // One file for each entry: a page without a bundler asks for one instead of nine, and it is a fifth smaller.
  const { outputFiles } = await esbuild.build({
    entryPoints: ["index", "inline", "lean", "workerd"].map((entry) => join(root, "web", `${entry}.ts`)),
    outdir: dist,
    bundle: true,
    write: false,
    external: ["./wasm/*"],
    plugins: [
      {
        name: "glue",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^\.\/(lean-)?glue\.js$/ }, ({ path }) => ({ path: join(made, path) })),
      },
    ],
    format: "esm",
    minify: true,
    target: "es2022",
    logLevel: "warning",
  });
  for (const { path, text } of outputFiles) {
    writeFileSync(path, (await terser.minify(text, { ecma: 2020, module: true, compress: { passes: 3 } })).code);
  }
  for (const variant of variants) {
    for (const name of [variant, `lean-${variant}`]) {
      copyFileSync(join(root, `build/wasm/${name}.wasm`), join(dist, `wasm/${name}.wasm`));
    }
    const base64 = readFileSync(join(dist, `wasm/${variant}.wasm`), "base64");
    writeFileSync(join(dist, `wasm/${variant}.base64.js`), `export default "${base64}";\n`);
  }

  rmSync(join(root, "dist"), { recursive: true, force: true });
  renameSync(dist, join(root, "dist"));
}

if (process.argv[1] === import.meta.filename) await build();
