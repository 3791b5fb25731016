// A static web server for the tests: folders under a prefix, and the ways in which real servers go wrong.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const types: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** As strict as a policy can be that still lets WebAssembly run: no eval, no inline code, nothing from elsewhere. */
export const strictPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'self'; worker-src 'self'; img-src 'self'";

// Runs before any other script of a page and notes what goes wrong, because WebKit's WebDriver has no console.
const noteErrors = `
globalThis.errorsSeen = [];
const note = (text) => errorsSeen.push(String(text));
const print = console.error;
console.error = (...all) => { note(all.join(" ")); print(...all); };
addEventListener("error", (event) => note(event.message ?? event.target.outerHTML), true);
addEventListener("unhandledrejection", (event) => note(event.reason));
addEventListener("securitypolicyviolation", (event) => note(event.violatedDirective + " " + event.blockedURI));
`;

export interface Server {
  /** Such as http://127.0.0.1:41234, without a slash at the end. */
  origin: string;
  /** Paths that were asked for and are not here. */
  missing: string[];
  /** How .wasm files are answered: as they are, as text/plain, not at all, or with the page of a single-page app. */
  wasm: "right" | "wrong type" | "missing" | "app page";
  close(): Promise<void>;
}

/** Serves each folder under its prefix: `{ "/": site, "/dist/": dist }`; the longest prefix that fits wins. */
export async function serve(folders: Record<string, string>, headers: Record<string, string> = {}): Promise<Server> {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
    if (path === "/favicon.ico") return response.writeHead(204).end();
    if (path === "/note-errors.js") return response.writeHead(200, { "content-type": types[".js"] }).end(noteErrors);
    const extension = extname(path);
    if (extension === ".wasm" && self.wasm === "app page") {
      return response.writeHead(200, { "content-type": types[".html"] }).end("<!doctype html><title>App</title>");
    }
    try {
      if (extension === ".wasm" && self.wasm === "missing") throw new Error("missing");
      const prefix = prefixes.find((prefix) => path.startsWith(prefix)) ?? "/";
      const file = join(folders[prefix] ?? "", path.slice(prefix.length), path.endsWith("/") ? "index.html" : "");
      let body: Buffer | string = await readFile(file);
      if (extname(file) === ".html") {
        body = body.toString().replace(/^(<!doctype html>)?/i, '$1<script src="/note-errors.js"></script>');
      }
      const type = extension === ".wasm" && self.wasm === "wrong type" ? "text/plain" : types[extname(file)];
      response.writeHead(200, { "content-type": type ?? "application/octet-stream", ...headers }).end(body);
    } catch {
      self.missing.push(path);
      response.writeHead(404, { "content-type": "text/plain" }).end(`${path} is not here`);
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const self: Server = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    missing: [],
    wasm: "right",
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
  return self;
}
