import { spawnSync } from "node:child_process";
import { test } from "node:test";
import assert from "node:assert/strict";

test("what a page loads is small enough", () => {
  const { status, stdout } = spawnSync(process.execPath, ["web/size.mjs"], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
