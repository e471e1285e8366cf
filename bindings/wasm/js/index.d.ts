/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [label: string]: Json };

/** A place in a text; lines and columns count from one, columns in bytes. */
export interface Place {
  file: string;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  /** What is there; may be empty. */
  text: string;
}

/** One finding. */
export interface Diagnostic {
  /** A stable name, such as `cue/conflict`. */
  code: string;
  severity: "error" | "warning";
  /** The value concerned, such as `spec.replicas`; may be empty. */
  path: string;
  message: string;
  /** The place to look at first, before the others. */
  places: Place[];
  /** What to do about it. */
  help: string | null;
}

/** Why there is no result; `code`, `path` are those of the first finding. */
export declare class VelaError extends Error {
  readonly code: string;
  readonly path: string;
  readonly span: Place | null;
  readonly diagnostics: Diagnostic[];
}

/** A rendered object. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; [field: string]: Json | undefined };
  [field: string]: unknown;
}

/** What deploying an application would do, as versioned data. */
export interface Plan {
  version: number;
  application: { name: string; namespace: string; hash: string };
  hash: string;
  nodes: ({ id: string; kind: "artifact" | "action" | "gate" | "group" } & { [field: string]: Json })[];
  edges: { from: string; to: string; reason: string }[];
  warnings?: { code: string; message: string }[];
  [field: string]: unknown;
}

export interface EvaluateOptions {
  /** Paths, and data that is unified with the values there. */
  fill?: Record<string, Json>;
  /** The part of the result that is wanted. */
  path?: string;
  /** What errors call the text. */
  name?: string;
}

export interface ApplicationOptions {
  /** X-Definitions in CUE or YAML, which come before the built-in ones: texts, or texts by file name. */
  definitions?: string[] | Record<string, string>;
  /** What errors call the application. */
  name?: string;
}

/** Loads the native module; must be awaited before anything else is called. */
export declare function load(source?: URL | string | Response | BufferSource): Promise<void>;

/** The data of a CUE text, with defaults taken. Numbers become JavaScript's: 53 bits of ints are exact. */
export declare function evaluate(text: string, options?: EvaluateOptions): Json;

/** The manifests of an application, given as YAML or JSON. */
export declare function render(application: string, options?: ApplicationOptions): Manifest[];

/** What deploying an application would do. The same input gives the same Plan. */
export declare function plan(application: string, options?: ApplicationOptions): Plan;

/** One line of a run's log, as `vela events RUN --out json` prints them. */
export interface RunEvent {
  v: number;
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
  event: string;
  [field: string]: unknown;
}

/** How a step is. */
export interface Step {
  name: string;
  type: string;
  phase: "pending" | "running" | "suspending" | "succeeded" | "failed" | "skipped";
  reason: string;
  message?: string;
  sub?: Step[];
  [field: string]: unknown;
}

/** A run right after one of its events. */
export interface Moment {
  events: number;
  record?: RunEvent;
  /** The step that the event is about, and what it saw. */
  step?: string;
  seen?: { vars: Record<string, Json>; context: Json; status: Record<string, Json>; returns: Record<string, Json> };
  view: { phase: string; steps: Step[] };
  vars: Record<string, Json>;
  context: Json;
  open: { step: string; provider: string; action: string; params: Json; [field: string]: unknown }[];
  next?: number;
}

/** What a run did when. */
export interface Timeline {
  application: string;
  phase: string;
  from: number;
  until: number;
  steps: (Step & { from?: number; until: number; critical: boolean })[];
  /** The steps that decided how long it took. */
  critical: string[];
  svg: string;
}

/** Runs an application under a virtual clock; `actions` are what an operator does: `resume`, `now:terminate`. */
export declare function simulate(
  application: string,
  options?: ApplicationOptions & { actions?: string[] },
): { plan: Plan; phase: string; steps: Step[]; events: RunEvent[] };

/** A run as it was right after an event, or after its last one; it needs the Plan and the events only. */
export declare function replay(plan: Plan, events: RunEvent[], until?: number): Moment;

/** What a run did when, with a picture of it. */
export declare function timeline(plan: Plan, events: RunEvent[]): Timeline;

/** The version of this package. */
export declare function version(): string;
