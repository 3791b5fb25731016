import { type Abi, abiVersion } from "./abi.js";
import * as check from "./check.js";
import { type Runtime, runtime } from "./memory.js";
import { best, type Variant, variants } from "./variant.js";

export interface LoadOptions {
  /** The module to use; the fastest this engine can run when left out. */
  variant?: Variant;
  /** The bytes of the module, … */
  bytes?: BufferSource;
  /** … or the module already compiled (it can be posted to workers), … */
  module?: WebAssembly.Module;
  /** … or where to fetch it, … */
  wasmUrl?: string | URL;
  /** … or the answer to such a fetch. By default it is found beside this file. */
  response?: Response | PromiseLike<Response>;
}

/** Where an entry of the package has its modules. */
export type Sources = Record<Variant, () => Promise<WebAssembly.Module>>;

/** The glue Emscripten made for modules that export the same. */
export type Glue = (settings: object) => Promise<unknown>;

/** What load() gives: the functions of an entry, and which module they run in. */
export type Loaded<Families> = Families & {
  /** The module these functions run in. */
  variant: Variant;
};

/** An entry's load(). */
export interface Load<Softmax> {
  /**
   * Loads a module: the fastest this engine can run, or the one asked for. Calls at the same time compile it once;
   * every call makes an instance with memory of its own.
   *
   * @param options variant, and where the module comes from, if not from beside this file
   * @returns the functions, and which variant they run in
   * @throws RangeError when the variant has no such name
   * @throws TypeError when what was fetched is no module of this package, or cannot be fetched
   * @throws WebAssembly.CompileError when the variant asked for does not run here
   */
  // biome-ignore lint/style/useShorthandFunctionType: of a call, editors show the comment of its signature
  (options?: LoadOptions): Promise<Softmax>;
}

const compile = async (bytes: BufferSource, from: string) => {
  const head = ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset) : new Uint8Array(bytes);
  if (String(head.subarray(0, 4)) !== "0,97,115,109") {
    throw new TypeError(
      `load: ${from} is not WebAssembly; it begins with "${String.fromCharCode(...head.subarray(0, 16))}"`,
    );
  }
  return WebAssembly.compile(bytes);
};

const fromResponse = async (response: Response, from: string) => {
  if (!response.ok) throw new TypeError(`load: ${from} answered ${response.status}, not a WebAssembly module`);
  return compile(await response.arrayBuffer(), from);
};

/** Compiles the module at a URL. A data: URL is decoded here, so that no policy has to allow fetching it. */
export const fetched = async (url: string | URL): Promise<WebAssembly.Module> => {
  const from = String(url);
  const inline = /^data:[^,]*;base64,/.exec(from);
  if (inline) return decoded(from.slice(inline[0].length));
  const unreached = (cause: unknown) => {
    throw new TypeError(`load: ${from} could not be fetched`, { cause });
  };
  return fromResponse(await fetch(url).catch(unreached), from);
};

/** Compiles a module from base64. */
export const decoded = (base64: string): Promise<WebAssembly.Module> => {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return compile(bytes, "the inlined module");
};

const start = async (glue: Glue, module: WebAssembly.Module): Promise<Runtime> => {
  const abi = (await new Promise<unknown>((resolve, reject) => {
    const failed = (cause: unknown) => {
      const known = cause instanceof RangeError || cause instanceof WebAssembly.CompileError;
      reject(known ? cause : new TypeError("load: the module is not one of this package", { cause }));
    };
    const instantiateWasm = (imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) => {
      WebAssembly.instantiate(module, imports).then(receive).catch(failed);
      return {};
    };
    glue({ instantiateWasm }).then(resolve, reject);
  })) as Abi;
  if (abi.abi_version !== abiVersion) {
    throw new TypeError(`load: the module has ABI version ${abi.abi_version}, this package needs ${abiVersion}`);
  }
  return runtime(abi);
};

/** An entry's load(), given the glue of its modules, where it has them, and its functions. */
export const loader = <Families extends object>(
  glue: Glue,
  sources: Sources,
  families: (rt: Runtime) => Families,
): Load<Loaded<Families>> => {
  const begin = async (variant: Variant, module: WebAssembly.Module) => ({
    variant,
    ...families(await start(glue, module)),
  });
  const compiled = new Map<Variant, Promise<WebAssembly.Module>>();
  const own = (variant: Variant) => {
    const module = compiled.get(variant) ?? sources[variant]();
    compiled.set(variant, module);
    module.catch(() => compiled.delete(variant)); // so that it can be tried again
    return module;
  };

  return async function load(options = {}) {
    const { variant, bytes, module, wasmUrl, response } = check.options("load", options);
    const first = check.oneOf("load", "variant", variant, variants, best());
    const given =
      module ??
      (bytes !== undefined
        ? await compile(bytes, "bytes")
        : response !== undefined
          ? await fromResponse(await response, "response")
          : wasmUrl !== undefined
            ? await fetched(wasmUrl)
            : undefined);
    if (given !== undefined) return begin(first, given);
    for (let i = variants.indexOf(first); ; i--) {
      const one = variants[i] as Variant;
      try {
        return await begin(one, await own(one));
      } catch (error) {
        // Validating is a promise that compiling may break; the next slower module then serves.
        if (variant !== undefined || i === 0 || !(error instanceof WebAssembly.CompileError)) throw error;
      }
    }
  };
};
