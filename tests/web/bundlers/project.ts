// A project as a user has it: the packed package installed in a folder of its own.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../../", import.meta.url));

export const npm = (folder: string, ...args: string[]) =>
  execFileSync("npm", [...args, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    encoding: "utf8",
  });

/** What `npm pack` puts into the tarball: its name, and the files in it with their paths. */
export interface Packed {
  filename: string;
  files: { path: string; size: number }[];
}

/** Packs the package into a folder. */
export const pack = (folder: string): Packed =>
  JSON.parse(npm(root, "pack", "--json", `--pack-destination=${folder}`))[0];

/** Makes a project with these files in it. */
export function project(files: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-project-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const packed = pack(folder);
  npm(folder, "install", "--offline", `./${packed.filename}`);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return { folder, packed, remove: () => rmSync(folder, { recursive: true }) };
}
