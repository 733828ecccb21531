import type { PulumiProject } from "./project";

/** A project with one stack, for either engine: the real one, or the one in the test's own process. */
export type StackProject = Pick<
  PulumiProject,
  | "directory"
  | "scratch"
  | "passphraseFile"
  | "setProgram"
  | "setEnvironment"
  | "usePlugin"
  | "pulumi"
  | "succeed"
  | "setConfig"
  | "setConfigObject"
  | "kmsPki"
  | "up"
  | "unprotect"
  | "outputs"
  | "output"
  | "exportedState"
  | "state"
  | "editState"
  | "forget"
  | "resource"
  | "read"
  | "remove"
>;
