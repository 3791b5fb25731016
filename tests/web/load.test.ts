// Ways to come by a module, and what is said when there is none.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { dirname, join } from "node:path";
import { load, supports } from "softmax-wasm";

const file = fileURLToPath(import.meta.resolve("softmax-wasm/scalar.wasm"));
const bytes = new Uint8Array(readFileSync(file));
const variant = "scalar";
const works = async (loading: ReturnType<typeof load>) => {
  const sm = await loading;
  assert.equal(sm.variant, variant);
  assert.deepEqual(sm.softmax([1, 1]), Float32Array.of(0.5, 0.5));
};

/** How often something compiles while body runs. */
const compiles = async (body: () => Promise<unknown>) => {
  const { compile } = WebAssembly;
  let count = 0;
  WebAssembly.compile = (given) => {
    count++;
    return compile(given);
  };
  try {
    await body();
  } finally {
    WebAssembly.compile = compile;
  }
  return count;
};

test("calls at the same time compile once, and give instances of their own", async () => {
  const count = await compiles(async () => {
    const [a, b] = await Promise.all([load({ variant }), load({ variant }), load({ variant })]);
    a.resident(100);
    assert.notEqual(a.liveBytes(), b.liveBytes());
  });
  assert.equal(count, 1);
  assert.equal(await compiles(() => load({ variant })), 0);
});

test("a module comes as bytes, a view of bytes, or compiled", async () => {
  await works(load({ variant, bytes }));
  await works(load({ variant, bytes: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) }));
  const within = new Uint8Array(bytes.length + 9);
  within.set(bytes, 5);
  await works(load({ variant, bytes: within.subarray(5, 5 + bytes.length) }));
  await works(load({ variant, module: await WebAssembly.compile(bytes) }));
});

test("a module comes from a response, a promise of one, a URL, a data: URL", async (t) => {
  await works(load({ variant, response: new Response(bytes) }));
  await works(load({ variant, response: Promise.resolve(new Response(bytes)) }));
  const url = `data:application/wasm;base64,${Buffer.from(bytes).toString("base64")}`;
  t.mock.method(globalThis, "fetch", () => assert.fail("a data: URL is fetched"));
  await works(load({ variant, wasmUrl: url }));
  await works(load({ variant, wasmUrl: new URL(url) }));
});

test("an answer that is no module names where it came from", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/good.wasm") return response.end(bytes);
    if (request.url === "/page.wasm") return response.end("<!doctype html><title>Not here</title>");
    response.statusCode = 404;
    response.end("nothing");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await works(load({ variant, wasmUrl: `${base}/good.wasm` }));
    await works(load({ variant, wasmUrl: new URL(`${base}/good.wasm`) }));
    await assert.rejects(load({ variant, wasmUrl: `${base}/missing.wasm` }), {
      name: "TypeError",
      message: `load: ${base}/missing.wasm answered 404, not a WebAssembly module`,
    });
    await assert.rejects(load({ variant, wasmUrl: `${base}/page.wasm` }), {
      name: "TypeError",
      message: `load: ${base}/page.wasm is not WebAssembly; it begins with "<!doctype html><"`,
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test("what is no module of the package is refused", async () => {
  const refused = { name: "TypeError", message: "load: the module is not one of this package" };
  const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
  await assert.rejects(load({ variant, bytes: empty }), refused);
  await assert.rejects(load({ variant, module: {} as never }), refused);
  await assert.rejects(load({ variant, bytes: new Uint8Array(0) }), {
    name: "TypeError",
    message: 'load: bytes is not WebAssembly; it begins with ""',
  });
  await assert.rejects(load({ variant, bytes: bytes.subarray(0, 1000) }), WebAssembly.CompileError);
});

test("a variant has one of three names", async () => {
  assert.deepEqual(
    ["scalar", "fast", "toString", undefined].map((name) => supports(name as never)),
    [true, false, false, false],
  );
  await assert.rejects(load({ variant: "fast" as never }), {
    name: "RangeError",
    message: 'load: variant is "fast"; it is one of "scalar", "simd", "relaxed"',
  });
});

test("options are an object", async () => {
  for (const wrong of [null, "simd", 3]) {
    const message = `load: options is ${JSON.stringify(wrong)}; it is an object such as { cols: 10 }`;
    await assert.rejects(load(wrong as never), { name: "TypeError", message });
  }
});

test("what could not be fetched can be loaded when it is asked for again", async (t) => {
  const entry = pathToFileURL(join(dirname(file), "../index.js")).href;
  const { load } = (await import(entry)) as typeof import("softmax-wasm");
  const answers = [
    () => Promise.reject(new TypeError("offline")),
    async () => new Response("no", { status: 503 }),
    async () => new Response(bytes),
  ];
  const fetched = t.mock.method(globalThis, "fetch", () => answers.shift()!());
  await assert.rejects(load({ variant }), ({ name, message, cause }: Error) => {
    assert.equal(name, "TypeError");
    assert.match(message, /^load: file:.*\/scalar\.wasm could not be fetched$/);
    assert.match(String(cause), /offline/);
    return true;
  });
  await assert.rejects(load({ variant }), /scalar\.wasm answered 503, not a WebAssembly module$/);
  await Promise.all([works(load({ variant })), works(load({ variant }))]);
  assert.equal(fetched.mock.callCount(), 3);
});
