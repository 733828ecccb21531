/** What an official provider does that a program would rather it did not. */
export type Behaviour =
  /** It has a resource deleted before it is replaced when its name stays: the bridge does so for a name that the program chose. */
  | "deletesBeforeReplace"
  /** It says nothing of a version whose destruction was refused. */
  | "swallowsRefusedDestruction"
  /** It sends a request again whose answer it did not get, or that the service could not serve, creations too. */
  | "repeatsRequests"
  /** It records a version as it finds it right after its creation, and so a key in hardware as one that is being made. */
  | "recordsPendingVersions"
  /** It asks for a key that it enabled until it has been enabled for a while. */
  | "waitsForEnabledKeys";

/** Names behaviours that the plugins leave out, for a test that needs it so: `deletesBeforeReplace,repeatsRequests`. */
const WITHOUT_BEHAVIOUR = "KMS_PKI_TEST_PLUGIN_WITHOUT";

/** Whether the plugin behaves as the official one does, which it does unless the environment says otherwise. */
export function behaves(behaviour: Behaviour): boolean {
  return process.env[WITHOUT_BEHAVIOUR]?.split(",").includes(behaviour) !== true;
}
