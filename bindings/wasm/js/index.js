// Vela in a browser (or anything else that runs WebAssembly modules): the native module with objects
// and errors around it.
import start, * as native from "./vela_wasm.js";

/** Why there is no result. */
export class VelaError extends Error {
  constructor(message, diagnostics) {
    super(message);
    this.name = "VelaError";
    this.diagnostics = diagnostics;
    this.code = diagnostics[0]?.code ?? "vela/internal";
    this.path = diagnostics[0]?.path ?? "";
    this.span = diagnostics.find((found) => found.places.length > 0)?.places[0] ?? null;
  }
}

/** Loads the native module; `source` is its URL, a Response or its bytes, where it is not beside this file. */
export async function load(source = new URL("vela_wasm_bg.wasm", import.meta.url)) {
  await start({ module_or_path: source });
}

function call(work) {
  let text;
  try {
    text = work();
  } catch (thrown) {
    if (typeof thrown !== "string") throw thrown;
    const { message, diagnostics } = JSON.parse(thrown);
    throw new VelaError(message, diagnostics);
  }
  return JSON.parse(text);
}

function flat(definitions = []) {
  const pairs = Array.isArray(definitions)
    ? definitions.map((text) => ["", text])
    : Object.entries(definitions);
  return pairs.flat();
}

export function evaluate(text, { fill, path, name = "-" } = {}) {
  const given = fill === undefined ? undefined : JSON.stringify(fill);
  return call(() => native.evaluate(name, text, given, path));
}

export function render(application, { definitions, name = "application.yaml" } = {}) {
  return call(() => native.render(name, application, flat(definitions)));
}

export function plan(application, { definitions, name = "application.yaml" } = {}) {
  return call(() => native.plan(name, application, flat(definitions)));
}

export function simulate(application, { definitions, actions = [], name = "application.yaml" } = {}) {
  return call(() => native.simulate(name, application, flat(definitions), JSON.stringify(actions)));
}

export function replay(plan, events, until) {
  return call(() => native.replay(JSON.stringify(plan), JSON.stringify(events), until));
}

export function timeline(plan, events) {
  return call(() => native.timeline(JSON.stringify(plan), JSON.stringify(events)));
}

export function version() {
  return native.version();
}
