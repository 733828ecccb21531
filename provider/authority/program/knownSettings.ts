import { hasUnknown, UNKNOWN } from "../../words/unknown";
import { plainValues, settledValues } from "../../resources/knownInputs";
import { type AuthoritySettings, sourcesOf } from "./authoritySettings";
import { checkCertificateAuthority } from "./certificateAuthorityChecks";
import { isExistingRoot } from "./existingRoot";
import { refuseArguments } from "./refusedArguments";

/** The settings as far as they are known at once. What is not is `UNKNOWN`, whatever its type. */
export function knownSettings(settings: AuthoritySettings): AuthoritySettings {
  return withKnown(settings, plainValues(inputsOf(settings)));
}

/**
 * Settles when the settings that were not known at once are, and nothing is wrong with them.
 *
 * @returns undefined when all were known at once
 * @throws PkiError `INPUT_INVALID` with everything that is wrong
 */
export function requireKnownSettings(name: string, settings: AuthoritySettings): Promise<void> | undefined {
  const sources = sourcesOf(settings);
  const isKnownAtOnce = sources.every((source) => source.isKnownAtOnce !== false);
  return isKnownAtOnce && !hasUnknown(plainValues(inputsOf(settings))) ? undefined : refuseSettled(name, settings);
}

async function refuseSettled(name: string, settings: AuthoritySettings): Promise<void> {
  for (const { ready } of sourcesOf(settings)) {
    await ready;
  }
  const settled = withKnown(settings, await settledValues<object>(inputsOf(settings)));
  refuseArguments(name, checkCertificateAuthority(settled));
}

/** The settings that may be Outputs. Of a root that exists, what it signs with is known to its own resource. */
function inputsOf({ root, intermediate, dnsNames, address, provisioner, claims, caConfig }: AuthoritySettings): object {
  const ofRoot = isExistingRoot(root) ? { certificatePem: root.certificatePem } : root;
  return { root: ofRoot, intermediate, dnsNames, address, provisioner, claims, caConfig };
}

function withKnown(settings: AuthoritySettings, known: object): AuthoritySettings {
  const { root, ...others } = known as Pick<AuthoritySettings, "root">;
  const { root: given } = settings;
  const isRootUnknown = isExistingRoot(root) && root.certificatePem === UNKNOWN;
  return {
    ...settings,
    ...others,
    root: isExistingRoot(given) ? { ...given, ...(isRootUnknown ? {} : root) } : root,
  };
}
