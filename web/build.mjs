// npm run build: three modules under build/wasm, and from them and web/ the package under dist/.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
  // The modules export the same, lean ones less of it; the scalar one, which every node can run, speaks for all.
  for (const name of [variant, `lean-${variant}`]) {
    copyFileSync(join(root, "build/wasm/scalar.d.ts"), join(declarations, `${name}.d.ts`));
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

async function place(name, esbuild) {
  const made = join(root, "build/wasm", name);
  const placed = join(dist, "wasm", name);
  const glue = await esbuild.transform(readFileSync(`${made}.js`, "utf8"), {
    minify: true,
    target: "es2022",
    // Glue that named its wasm would make bundlers ship it a second time: web/load.ts brings it.
    define: { "import.meta.url": '""' },
  });
  writeFileSync(`${placed}.js`, glue.code);
  copyFileSync(`${made}.wasm`, `${placed}.wasm`);
  copyFileSync(join(declarations, `${name}.d.ts`), `${placed}.d.ts`);
}

export async function build() {
  npm();
  await compile(...variants, ...variants.map((variant) => `lean-${variant}`));

  rmSync(join(root, "build/web"), { recursive: true, force: true });
  mkdirSync(declarations, { recursive: true });
  variants.forEach(declare);

  rmSync(dist, { recursive: true, force: true });
  mkdirSync(join(dist, "wasm"), { recursive: true });
  run(bin("tsc"), ["-p", "web"]);
  const esbuild = await import("esbuild"); // installed only now
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
  for (const variant of variants) {
    await place(variant, esbuild);
    await place(`lean-${variant}`, esbuild);
    const base64 = readFileSync(join(dist, `wasm/${variant}.wasm`), "base64");
    writeFileSync(join(dist, `wasm/${variant}.base64.js`), `export default "${base64}";\n`);
  }

  rmSync(join(root, "dist"), { recursive: true, force: true });
  renameSync(dist, join(root, "dist"));
}

if (process.argv[1] === import.meta.filename) await build();
