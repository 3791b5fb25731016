// npm start: brings what is missing, builds, says what this machine can run, serves the article.
import { npm, root } from "../web/bring.mjs";
import { build as buildPackage } from "../web/build.mjs";

npm();
await buildPackage();

const { load, supports, variants } = await import("softmax-wasm");
const { softmax, variant } = await load();
console.log(`softmax of the scores 1, 3, 2: ${Array.from(softmax([1, 3, 2]), (p) => p.toFixed(4)).join(", ")}`);
console.log(`computed by the ${variant} module; node on this machine can run: ${variants.filter(supports).join(", ")}`);

const { build, preview } = await import("vite");
const configFile = `${root}/demo/vite.config.ts`;
await build({ configFile, logLevel: "warn" });
const server = await preview({ configFile });
console.log(`the article is at ${server.resolvedUrls.local[0]} (Ctrl+C ends it)`);
