// Brings what a fresh clone lacks. Plain node: this runs before anything is installed.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where each tool is looked for, and the Debian package that has it. */
const tools = {
  catch2: ["/usr/include/catch2/catch.hpp"],
  chromium: ["chromium", "chromium-browser", "google-chrome"],
  clang: ["clang++"],
  "clang-tidy": ["clang-tidy"],
  cmake: ["cmake"],
  "firefox-esr": ["firefox-esr", "firefox"],
  "libsimde-dev": ["/usr/include/simde/wasm/simd128.h"],
  "ninja-build": ["ninja"],
  "webkit2gtk-driver": ["WebKitWebDriver"],
  xauth: ["xauth"],
  xvfb: ["xvfb-run"],
};

const found = (place) =>
  place.startsWith("/")
    ? existsSync(place)
    : process.env.PATH.split(":").some((folder) => existsSync(join(folder, place)));

/** Those of the named Debian packages that this machine lacks. */
export const lacking = (...packages) => packages.filter((name) => !tools[name].some(found));

/** Installs Debian packages by apt-get; returns those that are still lacking. */
export function debian(...packages) {
  const wanted = lacking(...packages);
  if (wanted.length > 0 && process.getuid?.() === 0 && found("apt-get")) {
    console.log(`installing ${wanted.join(", ")}`);
    const quiet = {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", "ignore", "inherit"],
    };
    spawnSync("apt-get", ["update"], quiet);
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", ...wanted], quiet);
  }
  return lacking(...packages);
}

/** As debian, for what the command cannot do without. */
export function need(...packages) {
  const missing = debian(...packages);
  if (missing.length > 0) {
    throw new Error(`missing: ${missing.join(", ")} (their Debian names); install them, or run this as root on Debian`);
  }
}

/** Installs the packages that folder's package-lock.json names, unless they are there. */
export function npm(folder = ".") {
  const packages = (lock) => JSON.parse(readFileSync(join(root, folder, lock), "utf8")).packages;
  const wanted = Object.entries(packages("package-lock.json")).filter(([path, { optional }]) => path && !optional);
  const npmsOwn = "node_modules/.package-lock.json"; // what npm writes when it has installed everything
  const installed = existsSync(join(root, folder, npmsOwn)) ? packages(npmsOwn) : {};
  if (wanted.every(([path, { version }]) => installed[path]?.version === version)) return;
  console.log(`installing the npm packages of ${join(folder, "package-lock.json")}`);
  // Not npm ci: it refuses a lock that lacks other platforms' packages, which not every registry has.
  run("npm", ["install", "--no-save", "--no-fund", "--no-audit", "--loglevel=error"], { cwd: join(root, folder) });
}

/** Runs a command to its end, without standard input; throws when it fails. */
export function run(command, args, options = {}) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    ...options,
  });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? signal ?? `exit ${status}`}`);
}

/** A program of the project's npm packages. */
export const bin = (name) => join(root, "node_modules/.bin", name);
