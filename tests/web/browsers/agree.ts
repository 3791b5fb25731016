import assert from "node:assert/strict";
import * as softmaxWasm from "softmax-wasm";
import { digits, type Report, reports } from "./report.js";

/** What the node that runs the tests computes, which every other host must compute too. */
const [scalar] = await reports(softmaxWasm);

/** The largest error of a softmax, in units of the last place. */
const bound = 4;

/** Checks the numbers of a host: every variant is exact to its bound, and all but relaxed have the bits that node has. */
export function agree(report: Report) {
  assert.equal(report.digits, digits);
  assert.ok(report.ulp <= bound, `${report.variant} is ${report.ulp} ulp off`);
  if (report.variant !== "relaxed") assert.equal(report.hash, scalar?.hash);
}
