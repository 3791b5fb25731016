import { fileURLToPath } from "node:url";
import katex from "katex";
import { defineConfig, type Plugin } from "vite";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Turns $…$ and $$…$$ in the article into MathML while it is built: browsers draw it without scripts or fonts. */
const formulas: Plugin = {
  name: "formulas",
  transformIndexHtml: {
    order: "pre",
    handler: (html) =>
      html.replace(/\$\$([^$]+)\$\$|\$([^$]+)\$/g, (_, display?: string, inline?: string) =>
        katex
          .renderToString(plainText(display ?? inline ?? ""), {
            output: "mathml",
            displayMode: display !== undefined,
            strict: "error",
            throwOnError: true,
          })
          // Its wrapper carries only the name of a style sheet that is not used here.
          .replace(/^<span class="katex">(.*)<\/span>$/s, "$1")
          // Variables are set in the italics of the text (article.css), not in those of a font that may be missing.
          .replace(/<mi>(.)<\/mi>/gu, '<mi class="variable" mathvariant="normal">$1</mi>')
          // A prime is drawn raised already; raised once more it floats away.
          .replace(/<msup>(<mi [^>]*>.<\/mi>)(<mo [^>]*>′<\/mo>)<\/msup>/gu, "<mrow>$1$2</mrow>"),
      ),
  },
};

const plainText = (html: string) => html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export default defineConfig({
  root: at("."),
  base: "./", // works under any path
  plugins: [formulas],
  resolve: { alias: { "softmax-wasm": at("../dist/index.js") } },
  worker: { format: "es" },
  build: {
    outDir: at("../build/site"),
    emptyOutDir: true,
    target: "es2022",
    // Chunks that several figures share are imported anyway, and Firefox reports a preload of one that is there as failed.
    modulePreload: false,
    rolldownOptions: { input: [at("index.html"), at("alone.html")] },
  },
});
