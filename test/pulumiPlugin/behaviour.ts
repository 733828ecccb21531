/** Unwelcome behaviors of the official providers. */
export type Behaviour =
  /** Deletes a resource before its replacement if the name stays. The bridge does this for a name that the program chose. */
  | "deletesBeforeReplace"
  /** Does not report a version whose destruction was refused. */
  | "swallowsRefusedDestruction"
  /** Repeats a request without an answer, or after a service error, even for creations. */
  | "repeatsRequests"
  /** Records a version right after its creation, and therefore a hardware key as still being generated. */
  | "recordsPendingVersions"
  /** Polls an enabled key until it has been enabled for a while. */
  | "waitsForEnabledKeys";

/** Lists behaviors that the plugins omit for a test: `deletesBeforeReplace,repeatsRequests`. */
const WITHOUT_BEHAVIOUR = "KMS_PKI_TEST_PLUGIN_WITHOUT";

/** Whether the plugin behaves like the official one, as it does by default. */
export function behaves(behaviour: Behaviour): boolean {
  return process.env[WITHOUT_BEHAVIOUR]?.split(",").includes(behaviour) !== true;
}
