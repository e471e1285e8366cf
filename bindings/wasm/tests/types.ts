// Read by the TypeScript compiler: what the types promise.
import { evaluate, load, plan, render, VelaError, type Json, type Manifest } from "../js/index.js";

await load(new URL("vela_wasm_bg.wasm", import.meta.url));
const data: Json = evaluate("a: int", { fill: { a: 1 }, path: "a" });
const manifests: Manifest[] = render("kind: Application", { definitions: { "x.cue": "x: {}" } });
const ids: string[] = plan("kind: Application", { definitions: ["x: {}"] }).nodes.map((n) => n.id);
try {
  evaluate("a: b");
} catch (error) {
  if (error instanceof VelaError) {
    const line: number | undefined = error.span?.line;
    const code: string = error.code;
  }
}
