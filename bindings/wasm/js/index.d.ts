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

/** The version of this package. */
export declare function version(): string;
