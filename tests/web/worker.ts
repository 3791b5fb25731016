// The package in a worker thread of node: gets options for load() and a piece, answers with its attention.
import { parentPort } from "node:worker_threads";
import { load } from "softmax-wasm";
import { attend } from "./browsers/spread.js";

parentPort?.once("message", async ({ piece, ...options }) => {
  parentPort?.postMessage(attend(await load(options), piece));
});
