import { AUTHORITY_PARTS, type AuthorityPart, generationLabel } from "../rotation/authorityPart";
import type { AuthorityState } from "../rotation/authorityState";
import { rootName } from "../rotation/certificates";

/** What a compromise of keys demands of people. */
export interface CompromisePlan {
  /** The compromised generations in the program, by label. */
  readonly generations: readonly string[];
  /** What you do now, in this order. Each is a sentence or two. */
  readonly steps: readonly string[];
}

/** The steps that follow from a compromise; undefined if no key is compromised. */
export function compromisePlan({ compromised, caConfig, withdrawn }: AuthorityState): CompromisePlan | undefined {
  const labels = (part: AuthorityPart): string[] =>
    compromised[part].map(({ number }) => generationLabel(part, number));
  const generations = AUTHORITY_PARTS.flatMap(labels);
  if (generations.length === 0) {
    return undefined;
  }
  const [roots, intermediates, users, hosts] = AUTHORITY_PARTS.map((part) => labels(part).join(", "));
  const when = (named: string | undefined, ...steps: string[]): string[] => (named === "" ? [] : steps);
  const isTls = `${String(roots)}${String(intermediates)}` !== "";
  const vouched = withdrawn.filter(
    ({ kind, subject }) => kind === "cross" && compromised.root.some(({ number }) => number === subject),
  );
  return {
    generations,
    steps: [
      'Hand over at once: run "kms-pki export", replace ca.json, reload step-ca, and check the chain that it serves.',
      ...when(
        roots,
        `Give every client the roots of the output "roots" (${caConfig.root.join(", ")}) over a channel that does not rely ` +
          `on ${String(roots)}, and remove ${String(roots)} from every trust store. Clients verify nothing new until then.`,
      ),
      ...vouched.map(
        ({ name, issuer }) =>
          `If "certificates" has ${name}, ${rootName(issuer)} has vouched for that root: publish the list of ${rootName(issuer)} at ` +
          `once, which revokes that. A client that reads no lists still accepts the compromised root. Only naming ` +
          `${rootName(issuer)} as compromised, too, ends that.`,
      ),
      ...when(
        intermediates,
        `If the authority has revocation lists, publish the new list of the root. Without lists, a client trusts ` +
          `${String(intermediates)} until its end: only a new root ends that sooner.`,
      ),
      ...(isTls
        ? ["Have every TLS certificate issued again with a new key, and then stop accepting the old ones."]
        : []),
      ...when(
        users,
        'Write the output "sshTrustedUserCaKeys" to the file of TrustedUserCAKeys on every server, and the lines of ' +
          '"compromise.sshRevokedKeys" to the file of RevokedKeys. Have every user certificate issued again.',
      ),
      ...when(
        hosts,
        'Replace the @cert-authority lines of every client by the output "sshCertAuthority", and add the lines of ' +
          '"compromise.sshRevokedHosts". Have every host certificate issued again.',
      ),
      "Look for what was issued with the key before you knew: step-ca's database and log, and the log of the KMS.",
      `Disable the key in its KMS (${generations.join(", ")}). Delete it once nothing needs it as evidence.`,
    ],
  };
}
