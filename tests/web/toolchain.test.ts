// Which Emscripten builds: the user's own when it is new enough, and what is said when none can be had. In a project of
// its own, where build/toolchain is not there, with an emcc that knows nothing but its version.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const home = mkdtempSync(join(tmpdir(), "softmax-wasm-toolchain-"));
after(() => rmSync(home, { recursive: true }));
mkdirSync(join(home, "cpp"));
const script = join(home, "cpp/toolchain.sh");
cpSync(fileURLToPath(new URL("../../../cpp/toolchain.sh", import.meta.url)), script);

/** A folder with a program that says one thing. */
const folder = (name: string, program: string, said: string): string => {
  mkdirSync(join(home, name), { recursive: true });
  writeFileSync(join(home, name, program), `#!/bin/sh\n${said}\n`, { mode: 0o755 });
  return join(home, name);
};
const emcc = (name: string, version: string) =>
  folder(
    name,
    "emcc",
    `echo 'emcc (Emscripten gcc/clang-like replacement + linker emulating GNU ld) ${version} (0a1b)'`,
  );

/** What the script needs of a system, and nothing else: no emcc, no apt-get, no debootstrap. */
const bare = join(home, "bare");
mkdirSync(bare);
for (const tool of ["bash", "dirname", "flock", "head", "mkdir", "sed", "sh", "sort"]) {
  symlinkSync(execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim(), join(bare, tool));
}
const user = folder("user", "id", "echo 1000");
const superuser = folder("superuser", "id", "echo 0");

const toolchain = (path: string[], EMSDK?: string) => {
  const env = { PATH: [...path, bare].join(delimiter), ...(EMSDK === undefined ? {} : { EMSDK }) };
  const { status, stdout, stderr } = spawnSync(script, ["sh", "-c", "command -v emcc"], { env, encoding: "utf8" });
  return { status, emcc: stdout.trim(), stderr };
};
const uses = (path: string[], EMSDK: string | undefined, wanted: string) =>
  assert.deepEqual(toolchain(path, EMSDK), { status: 0, emcc: join(wanted, "emcc"), stderr: "" });

const right = emcc("right", "3.1.69");
const newer = emcc("newer", "4.0.10-git");
const old = emcc("old", "3.1.68");
const ancient = emcc("ancient", "3.1.9");
const broken = folder("broken", "emcc", "exit 1");
const sdk = join(home, "sdk");
const within = emcc("sdk/upstream/emscripten", "3.1.70");

test("an emcc on PATH of the oldest version or newer is used", () => {
  uses([right], undefined, right);
  uses([newer], undefined, newer);
});

test("an emcc in EMSDK is used when PATH has none, an old one or a broken one", () => {
  for (const path of [[], [old], [ancient], [broken]]) uses(path, sdk, within);
  uses([], right, right); // EMSDK may name the folder of emcc itself
});

test("of two that are new enough PATH wins", () => uses([right], sdk, right));

const advice = (why: string) =>
  [
    `toolchain: no Emscripten 3.1.69 or newer, and none could be made here: ${why}`,
    "toolchain: install it from https://emscripten.org/docs/getting_started/downloads.html, then run",
    "toolchain: 'source emsdk_env.sh' or set EMSDK to its folder, and repeat the command",
    "",
  ].join("\n");

test("without one, and without root to make one, it says how to install emsdk", () => {
  const refused = { status: 1, emcc: "", stderr: advice("making one needs root") };
  for (const path of [[user], [user, old], [user, broken]]) assert.deepEqual(toolchain(path), refused);
  assert.deepEqual(toolchain([user], ancient), refused);
});

test("root where there is no apt-get is told the same", () =>
  assert.deepEqual(toolchain([superuser]), { status: 1, emcc: "", stderr: advice("making one needs debootstrap") }));
