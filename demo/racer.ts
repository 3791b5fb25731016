import { load, supports, variants } from "softmax-wasm";
import type { Softmax } from "./figure.js";
import { figure } from "./maps/softmax/race.js";
import { plain } from "./plain.js";

const LAPS = 11;

/** The race itself, in a Worker. Every round runs every contender, so that a slow moment of the machine hits them all. */
async function run(values: Parameters<typeof figure.compute>[1]) {
  // `plain` has the one function that the race calls.
  const contenders: [string, Softmax][] = [["plain", plain as unknown as Softmax]];
  for (const variant of variants) if (supports(variant)) contenders.push([variant, await load({ variant })]);

  for (let round = 0; round <= LAPS; ++round) {
    for (const [name, sm] of contenders) {
      const time = figure.compute(sm, values);
      // The first round is for the engine to compile what it will run.
      if (round > 0) postMessage({ name, time });
    }
  }
  postMessage("done");
}

self.onmessage = ({ data }) => {
  run(data).catch((error: unknown) => postMessage({ failed: String(error) }));
};
