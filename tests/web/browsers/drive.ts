// Real browsers behind one small interface: Chromium and Firefox through puppeteer-core (Firefox over
// WebDriver BiDi), WebKitGTK's MiniBrowser through plain W3C WebDriver.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import puppeteer from "puppeteer-core";

export const names = ["chromium", "firefox", "webkit"] as const;
export type Name = (typeof names)[number];

export interface Launch {
  /** Command line arguments: of Chromium, Firefox or MiniBrowser. */
  args?: string[];
  /** Environment variables. */
  env?: Record<string, string>;
  /** Preferences of Firefox. */
  prefs?: Record<string, boolean | number | string>;
  /** Whether pages see `prefers-color-scheme: dark`. */
  dark?: boolean;
}

export interface Browser {
  /** Loads the page and waits for its load event. */
  open(url: string, size?: Size): Promise<Page>;
  close(): Promise<void>;
}

export interface Page {
  /** Runs the function in the page, with arguments and result that JSON can carry, and waits for its promise. */
  evaluate<A extends unknown[], T>(run: (...args: A) => T, ...args: A): Promise<Awaited<T>>;
  press(key: Key): Promise<void>;
  /** A PNG picture of what is in view. */
  screenshot(): Promise<Uint8Array>;
  /** What the page reported so far: errors of the console, uncaught exceptions, refused loads. */
  errors(): Promise<string[]>;
  close(): Promise<void>;
}

interface Size {
  width: number;
  height: number;
}
const desktop: Size = { width: 1200, height: 900 };

/** Keys by their DOM name, with the code points by which WebDriver knows them. */
const keys = {
  Tab: "\uE004",
  Enter: "\uE007",
  Space: "\uE00D",
  End: "\uE010",
  Home: "\uE011",
  ArrowLeft: "\uE012",
  ArrowUp: "\uE013",
  ArrowRight: "\uE014",
  ArrowDown: "\uE015",
};
export type Key = keyof typeof keys;

/** The first of the programs that is found on the path. */
function onPath(...programs: string[]): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(existsSync);
}

/** MiniBrowser is no command: Debian keeps it beside the library of its machine, /usr/lib/x86_64-linux-gnu and the like. */
function miniBrowser(): string | undefined {
  const libraries = existsSync("/usr/lib") ? readdirSync("/usr/lib") : [];
  return libraries.map((folder) => join("/usr/lib", folder, "webkit2gtk-4.1/MiniBrowser")).find(existsSync);
}

const programs: Record<Name, () => (string | undefined)[]> = {
  chromium: () => [onPath("chromium", "chromium-browser", "google-chrome")],
  firefox: () => [onPath("firefox-esr", "firefox")],
  webkit: () => [miniBrowser(), onPath("WebKitWebDriver"), onPath("Xvfb")],
};

/** Why the browser's tests are skipped, if they are. CI must have all browsers: there they fail instead. */
export const skipped = (name: Name): string | false =>
  !process.env.CI && programs[name]().includes(undefined) && `${name} is not installed`;

export function launch(name: Name, options: Launch = {}): Promise<Browser> {
  return name === "webkit" ? launchWebKit(options) : launchPuppeteer(name, options);
}

// --no-sandbox because tests may run as root; the others keep Chromium from asking its maker's hosts for things.
const quietChromium = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function launchPuppeteer(name: "chromium" | "firefox", { args = [], env, prefs, dark }: Launch) {
  const scheme = { "layout.css.prefers-color-scheme.content-override": dark ? 0 : 1 };
  const browser = await puppeteer.launch({
    browser: name === "chromium" ? "chrome" : "firefox",
    executablePath: programs[name]()[0] ?? name,
    headless: true,
    args: name === "chromium" ? [...quietChromium, ...args] : args,
    env: { ...process.env, ...env },
    extraPrefsFirefox: { ...scheme, ...prefs },
  });
  return {
    async open(url: string, size: Size = desktop): Promise<Page> {
      const page = await browser.newPage();
      const seen: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error") seen.push(`${message.text()} ${message.location().url ?? ""}`);
      });
      page.on("pageerror", (error) => seen.push(String(error)));
      await page.setViewport(size);
      if (name === "chromium") {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
      }
      await page.goto(url, { waitUntil: "load" });
      return {
        evaluate: (run, ...args) => page.evaluate(run as (...args: unknown[]) => never, ...args),
        press: (key) => page.keyboard.press(key),
        screenshot: () => page.screenshot(),
        errors: async () => [...seen, ...(await page.evaluate(noted))],
        close: () => page.close(),
      };
    },
    close: () => browser.close(),
  };
}

async function launchWebKit({ args = [], env, dark }: Launch): Promise<Browser> {
  const port = await freePort();
  // MiniBrowser's toolbar keeps its window wider than a phone, unless its buttons shrink.
  const config = mkdtempSync(join(tmpdir(), "softmax-wasm-gtk-"));
  mkdirSync(join(config, "gtk-3.0"));
  writeFileSync(
    join(config, "gtk-3.0/gtk.css"),
    "entry, button, toolbar, toolitem, toolbutton, box, combobox { min-width: 0; padding: 0; margin: 0; font-size: 1px; }",
  );
  const { screen, display } = await virtualScreen();
  const environment = { ...process.env, XDG_CONFIG_HOME: config, DISPLAY: display, ...env };
  const driver = spawn("WebKitWebDriver", [`--port=${port}`], { stdio: "ignore", env: environment });

  async function call<T = void>(method: string, path: string, body: object = {}): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      body: method === "POST" ? JSON.stringify(body) : undefined,
    });
    const { value } = (await response.json()) as { value: unknown };
    if (response.ok) return value as T;
    const { error, message } = value as { error: string; message: string };
    throw new Error(`WebKitWebDriver: ${path}: ${error}: ${message}`);
  }

  while (!(await call<{ ready: boolean }>("GET", "/status").catch(() => undefined))?.ready) await sleep(50);
  const { sessionId } = await call<{ sessionId: string }>("POST", "/session", {
    capabilities: {
      alwaysMatch: {
        "webkitgtk:browserOptions": {
          binary: miniBrowser(),
          args: ["--automation", ...(dark ? ["--dark-mode"] : []), ...args],
        },
      },
    },
  });
  const session = `/session/${sessionId}`;
  await call("POST", `${session}/timeouts`, { script: 120_000 });

  return {
    async open(url, { width, height } = desktop) {
      const evaluate = async <A extends unknown[], T>(run: (...args: A) => T, ...args: A): Promise<Awaited<T>> => {
        const script = {
          script: `const done = arguments[arguments.length - 1];
            Promise.resolve().then(() => (${run})(...[...arguments].slice(0, -1)))
              .then((value) => done({ value }), (error) => done({ error: String(error) }));`,
          args,
        };
        type Done = { value: Awaited<T>; error?: string };
        const execute = () => call<Done>("POST", `${session}/execute/async`, script);
        // Once in some thousand scripts the driver loses the result; what tests run in a page may run twice.
        const { value, error } = await execute().catch((error) => {
          if (String(error).includes("Could not parse script result")) return execute();
          throw error;
        });
        if (error !== undefined) throw new Error(error);
        return value;
      };
      await call("POST", `${session}/window/rect`, { width, height });
      await call("POST", `${session}/url`, { url });
      // On a busy machine the driver may answer for the page before.
      const loaded = () => evaluate(() => location.href !== "about:blank" && document.readyState === "complete");
      while (!(await loaded())) await sleep(20);
      return {
        evaluate,
        press: (key) =>
          call("POST", `${session}/actions`, {
            actions: [
              {
                type: "key",
                id: "keyboard",
                actions: [
                  { type: "keyDown", value: keys[key] },
                  { type: "keyUp", value: keys[key] },
                ],
              },
            ],
          }),
        screenshot: async () => Buffer.from(await call<string>("GET", `${session}/screenshot`), "base64"),
        errors: () => evaluate(noted),
        close: () => call("POST", `${session}/url`, { url: "about:blank" }),
      };
    },
    async close() {
      await call("DELETE", session);
      driver.kill();
      screen.kill();
      rmSync(config, { recursive: true });
    },
  };
}

/** In the page: the errors noted by the script that serve.ts puts in front of every page. WebKit tells of no others. */
const noted = () => (globalThis as { errorsSeen?: string[] }).errorsSeen ?? [];

/** An X server without a screen, on a display of its own choice. */
async function virtualScreen() {
  const options = ["-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"];
  const screen = spawn("Xvfb", options, { stdio: ["ignore", "pipe", "ignore"] });
  const [number] = await once(screen.stdout, "data");
  return { screen, display: `:${String(number).trim()}` };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
