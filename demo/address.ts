import type { Control } from "./figure.js";

/** Where the state is kept: the fragment of the page's address, without its "#". */
export interface Place {
  read(): string;
  write(fragment: string): void;
}

export type Address = ReturnType<typeof addressOf>;

/**
 * The state of the article as text: "temperature&scores=1,2,-1,3,0&maps/softmax/temperature.t=0.5".
 * The first part, when it has no "=", names the section to stand at. What is not there has its
 * initial value, and so has what cannot be read: an address is typed by strangers.
 */
export function addressOf(place: Place) {
  const texts = new Map<string, string>();
  const watchers: ((key?: string) => void)[] = [];
  let anchor = "";
  parse(place.read());

  function parse(fragment: string) {
    const parts = fragment.split("&").filter((part) => part !== "");
    anchor = parts[0]?.includes("=") === false ? parts[0] : "";
    const states = parts.filter((part) => part.includes("="));
    // A link to a section says nothing about the figures: they stay as they are.
    if (states.length === 0 && anchor) return;
    texts.clear();
    for (const part of states) {
      const cut = part.indexOf("=");
      texts.set(decoded(part.slice(0, cut)), decoded(part.slice(cut + 1)));
    }
  }

  function tell(key?: string) {
    for (const watcher of watchers) watcher(key);
  }

  function save() {
    const states = [...texts].map(([key, text]) => `${encoded(key)}=${encoded(text)}`);
    place.write([anchor, ...states].filter((part) => part !== "").join("&"));
  }

  return {
    get anchor() {
      return anchor;
    },
    has: (key: string) => texts.has(key),
    get<T>(key: string, control: Control<T>): T {
      const text = texts.get(key);
      return (text === undefined ? undefined : control.read(text)) ?? control.initial;
    },
    set<T>(key: string, control: Control<T>, value: T) {
      const text = control.write(value);
      if (text === control.write(control.initial)) texts.delete(key);
      else texts.set(key, text);
      tell(key);
      save();
    },
    /** Calls back with the key that changed, or with nothing when all may have. */
    watch: (watcher: (key?: string) => void) => void watchers.push(watcher),
    /** Reads the place again, after someone else has written to it. */
    reload() {
      parse(place.read());
      tell();
      save();
    },
  };
}

// "/" and "," are allowed in a fragment, and an address that can be read is a better address.
const encoded = (text: string) => encodeURIComponent(text).replace(/%2F/g, "/").replace(/%2C/g, ",");

function decoded(text: string) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray "%": no control will be able to read it
  }
}
