import { hasUnknown, UNKNOWN } from "../../words/unknown";
import { plainValues, settledValues } from "../../resources/knownInputs";
import { type AuthoritySettings, sourcesOf } from "./authoritySettings";
import { checkCertificateAuthority } from "./certificateAuthorityChecks";
import { isExistingRoot } from "./existingRoot";
import { refuseArguments } from "./refusedArguments";

/** The settings as far as they are known at once. Unknown values are `UNKNOWN`, whatever their type. */
export function knownSettings(settings: AuthoritySettings): AuthoritySettings {
  return withKnown(settings, plainValues(inputsOf(settings)));
}

/**
 * Settles when the settings that were unknown at first are known and have no problems.
 *
 * @returns undefined if all were known at once
 * @throws PkiError `INPUT_INVALID` with all problems
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

/** The settings that may be Outputs. An existing root's own resource checks its key. */
function inputsOf(settings: AuthoritySettings): object {
  const { root, name, intermediate, dnsNames, address, provisioner, acme, sshpop, claims, caConfig, crl } = settings;
  const { database, givenAnswers } = settings;
  const answers = typeof givenAnswers === "function" ? {} : { givenAnswers };
  const ofRoot = isExistingRoot(root) ? { certificatePem: root.certificatePem } : root;
  return {
    root: ofRoot,
    name,
    intermediate,
    dnsNames,
    address,
    provisioner,
    acme,
    sshpop,
    claims,
    database,
    caConfig,
    crl,
    ...answers,
  };
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
