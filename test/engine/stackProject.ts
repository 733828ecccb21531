import type { PulumiProject } from "./project";

/** A project with one stack, whichever engine runs it: the real one, or the one in the test's own process. */
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
