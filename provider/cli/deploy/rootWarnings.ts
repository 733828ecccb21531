import { readCertificates } from "../../x509/pem";
import { subjectLine } from "../../x509/subjectLine";
import type { HostShell } from "./hostShell";
import { type Chain, chainFault } from "./servedChain";

/**
 * Warns about roots that cannot verify a chain alone, because a bootstrapped client has one root.
 *
 * @param chain a chain that verifies up to one of the roots
 * @param shell the shell of this machine
 */
export async function rootWarnings(chain: Chain, rootsPem: string, shell: HostShell): Promise<string[]> {
  const roots = readCertificates(rootsPem, "root");
  const warnings: string[] = [];
  for (const root of roots.length > 1 ? roots : []) {
    if ((await chainFault(chain, root.toString(), false, shell)) !== undefined) {
      warnings.push(`warning: who trusts only "${subjectLine(root)}" cannot verify what step-ca serves`);
    }
  }
  return warnings;
}
