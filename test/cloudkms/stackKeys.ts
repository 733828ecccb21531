import type { StackProject } from "../engine/stackProject";
import { type CloudStack, PROJECT } from "./cloudStack";

/** The key ring of a stack with the default settings. */
export const RING = `projects/${PROJECT}/locations/global/keyRings/pki`;

/** The keys of a stack, by the outputs that name their versions. */
export const ROLES = {
  rootKey: "root",
  intermediateKey: "intermediate",
  sshUserKey: "ssh-user-key",
  sshHostKey: "ssh-host-key",
};

/** What a stack's outputs say of its keys. */
export async function keyNames(stack: CloudStack<StackProject>): Promise<Record<string, unknown>> {
  const outputs = await stack.project.outputs();
  return Object.fromEntries(Object.keys(ROLES).map((name) => [name, outputs[name]]));
}

/** What they say when each key is at a version. */
export function versionNames(version: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(ROLES).map(([name, role]) => [
      name,
      `${RING}/cryptoKeys/${role}/cryptoKeyVersions/${String(version)}`,
    ]),
  );
}
