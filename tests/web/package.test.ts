// The package itself: what is in it, what it asks for, and what importing it does.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";
import { publint } from "publint";
import ts from "typescript";
import { pack, root } from "./bundlers/project.js";

interface Manifest {
  exports: Record<string, string | Record<string, string>>;
  scripts?: Record<string, string>;
  [field: string]: unknown;
}
const manifest = (folder: string): Manifest => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
const own = manifest(".");

const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-pack-"));
const { filename, files } = pack(folder);
after(() => rmSync(folder, { recursive: true }));

const entries = ["index.js", "inline.js", "lean.js", "workerd.js"];

it("holds the compiled package and nothing else", () => {
  const expected =
    /^(LICENSE|README\.md|package\.json|dist\/[a-z]+\.(js|d\.ts)|dist\/adapters\/[a-z]+\.(js|d\.ts)|dist\/wasm\/(lean-)?(scalar|simd|relaxed)\.(js|wasm|d\.ts|base64\.js))$/;
  const paths = files.map(({ path }) => path);
  assert.deepEqual(
    paths.filter((path) => !expected.test(path)),
    [],
  );
  for (const path of ["LICENSE", "README.md"]) assert.ok(paths.includes(path), path);
  for (const path of Object.values(own.exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target),
  )) {
    assert.ok(paths.includes(path.slice(2)), path);
  }
});

it("has no complaint from publint", async () => {
  const { messages } = await publint({
    pack: { tarball: Uint8Array.from(readFileSync(join(folder, filename))).buffer },
    strict: true,
  });
  assert.deepEqual(messages, []);
});

it("has types that resolve wherever ESM does", () => {
  const wasm = Object.keys(own.exports).filter((door) => door.endsWith(".wasm"));
  execFileSync(
    join(root, "node_modules/.bin/attw"),
    [join(folder, filename), "--profile=esm-only", "--format=ascii", "--no-emoji", "--exclude-entrypoints", ...wasm],
    { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
  );
});

it("documents load and every function where an editor shows it", () => {
  for (const entry of entries) {
    const file = join(root, "dist", entry.replace(".js", ".d.ts"));
    const program = ts.createProgram([file], { module: ts.ModuleKind.NodeNext, types: [] });
    const checker = program.getTypeChecker();
    const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!);
    const named = (name: string) => exported.find((symbol) => symbol.name === name)!;
    const functions = checker.getDeclaredTypeOfSymbol(named("Softmax")).getProperties();
    assert.ok(functions.length > 10, entry);
    assert.deepEqual(
      [named("load"), ...functions].filter((symbol) => symbol.getDocumentationComment(checker).length === 0),
      [],
    );
  }
});

it("depends on nothing and runs nothing when installed", () => {
  for (const field of ["dependencies", "peerDependencies", "optionalDependencies", "bundledDependencies", "bin"]) {
    assert.equal(own[field], undefined, field);
  }
  for (const script of ["preinstall", "install", "postinstall", "prepare", "prepublish"]) {
    assert.equal(own.scripts?.[script], undefined, script);
  }
  assert.equal(own.sideEffects, false);
});

it("pins every tool to one version", () => {
  for (const folder of [".", "tests/web/runtimes", "tests/web/bench"]) {
    const { devDependencies, dependencies, optionalDependencies } = manifest(folder);
    for (const [name, version] of Object.entries({
      ...Object(devDependencies),
      ...Object(dependencies),
      ...Object(optionalDependencies),
    })) {
      assert.match(String(version), /^\d+\.\d+\.\d+$/, `${name} in ${folder}`);
    }
  }
});

it("has no await at the top level of a module, so that require() can load it", () => {
  for (const file of readdirSync(join(root, "dist"), { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".js")) continue;
    const source = ts.createSourceFile(file, readFileSync(join(root, "dist", file), "utf8"), ts.ScriptTarget.Latest);
    const visit = (node: ts.Node): void => {
      if (ts.isFunctionLike(node)) return;
      assert.ok(!ts.isAwaitExpression(node), `${file} awaits at its top level`);
      assert.ok(!(ts.isForOfStatement(node) && node.awaitModifier), `${file} awaits at its top level`);
      node.forEachChild(visit);
    };
    visit(source);
  }
});

for (const entry of entries) {
  it(`changes no global when ${entry} is imported`, async () => {
    const globals = () =>
      Reflect.ownKeys(globalThis).map((key) => [key, Object.getOwnPropertyDescriptor(globalThis, key)]);
    const listeners = () => process.eventNames().map((name) => [name, process.listenerCount(name)]);
    const before = [globals(), listeners()];
    const door: typeof import("softmax-wasm") = await import(join(root, "dist", entry));
    assert.deepEqual([globals(), listeners()], before);
    assert.deepEqual(Object.keys(door).sort(), ["best", "load", "supports", "variants"]);
  });
}

it("refuses a module made for another version of itself", async () => {
  const { load }: typeof import("softmax-wasm") = await import(join(root, "dist/inline.js"));
  const own = readFileSync(join(root, "dist/wasm/scalar.wasm"), "latin1");
  const bytes = Buffer.from(own.replace("abi_version", "abi_before_"), "latin1"); // which says nothing of a version
  assert.notEqual(bytes.toString("latin1"), own);
  await assert.rejects(
    load({ variant: "scalar", bytes }),
    /TypeError: load: the module has ABI version undefined, this package needs \d+$/,
  );
});
