// npm test: brings what is missing, builds, runs every test. npm run test:<suite> runs one of the suites below.
import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { bin, debian, need, npm, root, run } from "../web/bring.mjs";
import { build, compile, variants } from "../web/build.mjs";

const counts = { passed: 0, failed: 0, skipped: 0 };
/** All that the test programs printed. */
let heard = "";

/**
 * Runs a test program, shows what it prints and adds its numbers to counts. What one of several prints that run side by
 * side is shown when it ends, below its name.
 */
function tally(numbers, command, args, { name, env = {}, stderr = "inherit" } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", stderr],
      env: { ...process.env, ...env },
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text) => {
        said += text;
        if (!name) process.stdout.write(text);
      });
    }
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (name) process.stdout.write(`${name}\n${said}`);
      const found = numbers(said);
      for (const [kind, number] of Object.entries(found)) counts[kind] += number;
      heard += said;
      // A program that died before it could count has failed too.
      if (code !== 0 && !found.failed) counts.failed++;
      if (signal) console.log(`${command} was ended by ${signal}`);
      resolve();
    });
  });
}

const number = (said, pattern) => Number(pattern.exec(said)?.[1] ?? 0);

/** Catch2's last line: "All tests passed (9 assertions in 2 test cases)" or "test cases: 2 | 1 passed | 1 failed". */
const catch2 = (said) => ({
  passed: number(said, /in (\d+) test cases?\)/) || number(said, /^test cases:.*?(\d+) passed/m),
  failed: number(said, /^test cases:.*?(\d+) failed/m),
});

/** The summary of node's test runner: "ℹ pass 3", "ℹ fail 0", "ℹ skipped 1". */
const nodes = (said) => ({
  passed: number(said, /^ℹ pass (\d+)/m),
  failed: number(said, /^ℹ fail (\d+)/m) + number(said, /^ℹ cancelled (\d+)/m),
  skipped: number(said, /^ℹ skipped (\d+)/m),
});

/** The findings of a linter, of any severity: clang-tidy's "file:1:2: warning: …", biome's "Found 3 infos.". */
const findings = (said) => {
  const failed = said.match(/^\S+:\d+:\d+: (?:warning|error): |^Found \d+ /gm)?.length ?? 0;
  return { passed: Number(failed === 0), failed };
};

/** The project's files of a kind, those not yet committed too. */
const sources = (...patterns) =>
  execFileSync("git", ["ls-files", "-co", "--exclude-standard", ...patterns], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((file) => file && existsSync(join(root, file)));

/** Configures the native tree. */
function native() {
  need("clang", "cmake", "ninja-build", "catch2", "libsimde-dev");
  const tree = "build/native";
  run("cmake", ["-G", "Ninja", "-S", ".", "-B", tree, "-DCMAKE_CXX_COMPILER=clang++"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return tree;
}

const programs = (those) => those.map((variant) => `tests-${variant}`);

/** What a variant's Catch2 program is asked for: relaxed may round otherwise than the bits that are stored. */
const asking = (variant, tags) => ["--use-colour", "no", ...(variant === "relaxed" ? ["~[hash]~[.]"] : tags)];

/** Builds the Catch2 programs of variants for this processor, and runs their tests, or those of a tag, side by side. */
async function catch2Native(those, ...tags) {
  const tree = native();
  run("cmake", ["--build", tree, "--target", ...programs(those), "--", "--quiet"]);
  await Promise.all(
    those.map((variant) =>
      tally(catch2, join(root, tree, `tests/tests-${variant}`), asking(variant, tags), {
        name: `native ${variant}`,
        env: { UBSAN_OPTIONS: "print_stacktrace=1" },
      }),
    ),
  );
}

/** The tests that lie where wanted says, compiled from TypeScript. */
async function typescript(wanted) {
  await build();
  rmSync(join(root, "build/tests"), { recursive: true, force: true }); // a test that is gone must not run
  run(bin("tsc"), ["-p", "tests"]);
  run(bin("tsc"), ["-p", "demo"]);
  const files = readdirSync(join(root, "build/tests"), { recursive: true }).filter(
    (file) => file.endsWith(".test.js") && wanted(file),
  );
  const paths = files.sort().map((file) => join("build/tests", file));
  // Node leaves a core free, which of two is half of them.
  const together = `--test-concurrency=${availableParallelism()}`;
  await tally(nodes, process.execPath, ["--enable-source-maps", "--test", "--test-reporter=spec", together, ...paths]);
}

const inBrowsers = (file) => file.startsWith("web/browsers/");

const suites = {
  /** clang-tidy over the kernels, in both backends, and biome over all that is TypeScript or JavaScript. */
  async lint() {
    need("clang-tidy");
    npm();
    const commands = JSON.parse(readFileSync(join(root, native(), "compile_commands.json"), "utf8"));
    // Of the other backend only the vocabulary is another text, and SIMDe takes clang-tidy 4 s a file.
    for (const [variant, files] of Object.entries({ scalar: "cpp/*/*.cpp", relaxed: "cpp/simd/*.cpp" })) {
      const tree = join(root, "build/lint", variant);
      mkdirSync(tree, { recursive: true });
      const own = commands.filter(({ command }) => command.includes(`-DSOFTMAX_VARIANT_${variant.toUpperCase()}`));
      writeFileSync(join(tree, "compile_commands.json"), JSON.stringify(own));
      // Findings are on stdout; stderr counts what is not shown, in the headers of others.
      await tally(findings, "clang-tidy", ["--quiet", "-p", tree, ...sources(files)], { stderr: "ignore" });
    }
    const biome = ["lint", "--skip=style/noNonNullAssertion", ...sources("*.ts", "*.mjs")];
    await tally(findings, bin("biome"), biome, { stderr: "pipe" }); // which has its findings
  },

  /** Catch2 under sanitizers: scalar, simd and relaxed on this processor. */
  async native() {
    await catch2Native(variants);
  },

  /** The same Catch2 program as WebAssembly, run by node. */
  async wasm() {
    need("catch2");
    npm();
    mkdirSync(join(root, "build/include/catch2"), { recursive: true }); // the toolchain does not see /usr/include
    copyFileSync("/usr/include/catch2/catch.hpp", join(root, "build/include/catch2/catch.hpp"));
    await compile(...programs(variants));
    // Node 20 has relaxed SIMD behind a flag, which newer ones no longer know.
    const flags = Number.parseInt(process.versions.node, 10) < 22 ? ["--experimental-wasm-relaxed-simd"] : [];
    await Promise.all(
      variants.map((variant) => {
        const program = join("build/wasm/tests", `tests-${variant}.cjs`);
        return tally(catch2, process.execPath, [...flags, program, ...asking(variant, [])], {
          name: `wasm ${variant}`,
        });
      }),
    );
  },

  /** The built package in node, and in the other places a package is used in. */
  async web() {
    debian("chromium"); // runs what the bundlers make; where it cannot be had, those tests are skipped by name
    npm("tests/web/runtimes");
    await typescript((file) => !inBrowsers(file));
  },

  /** The package and the article in real Chromium, Firefox and WebKit; a browser that cannot be had is skipped by name. */
  async browsers() {
    const missing = debian("chromium", "firefox-esr", "webkit2gtk-driver", "xvfb", "xauth");
    if (missing.length > 0) {
      console.log(`missing, so that their browsers are skipped: ${missing.join(", ")}`);
      if (process.env.CI) counts.failed++; // there a skipped browser is a browser untested
    }
    await typescript(inBrowsers);
  },
};

/** npm run hashes: what the tests of bits find now is stored as what they are to find. */
async function hashes() {
  const file = join(root, "tests/hashes.def");
  const before = readFileSync(file, "utf8");
  const [intro] = before.split(/^(?=HASH|SAMPLE)/m);
  try {
    writeFileSync(file, intro); // with none stored, each test says what it finds
    await catch2Native(["scalar"], "[hash]");
    await typescript((test) => test === join("web", "hashes.test.js"));
  } catch (error) {
    writeFileSync(file, before);
    throw error;
  }
  const lines = (kind, pattern) =>
    [...new Set(Array.from(heard.matchAll(pattern), ([, name, bits]) => `${kind}(${name}, ${bits})\n`))].join("");
  const ops = lines("HASH", /hash of (\w+) is (0x\w+)/g);
  writeFileSync(file, `${intro}${ops}\n${lines("SAMPLE", /sample of (\w+) is (0x\w+)/g)}`);
  console.log("stored in tests/hashes.def");
}

const asked = process.argv.slice(2);
if (asked[0] === "hashes") {
  await hashes();
  process.exit();
}
const began = performance.now();
const seconds = (since) => `${Math.round((performance.now() - since) / 1000)} s`;
for (const name of asked.length > 0 ? asked : Object.keys(suites)) {
  const start = performance.now();
  console.log(`\n== ${name} (${availableParallelism()} cores)`);
  try {
    await suites[name]();
  } catch (error) {
    counts.failed++;
    console.log(error.message);
  }
  console.log(`== ${name} took ${seconds(start)}`);
}
console.log(`\nall of it took ${seconds(began)}`);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
