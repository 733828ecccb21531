import { type AuthorityCertificateArgs, PkiError } from "../provider";
import { contentSettings, type Part } from "./contentSettings";
import { config, optional } from "./settings";

/** What the settings say of the root or the intermediate. */
export function certificateContent(part: Part): AuthorityCertificateArgs {
  const given = Object.fromEntries(
    givenSettings(part).map(([argument, setting]) => [argument, config.getObject(setting)]),
  );
  const commonName = optional(`${part}CommonName`);
  // A subject without a common name has the one that it would have without a subject.
  const fallback = `${config.require("name")} ${part === "root" ? "Root" : "Intermediate"}`;
  const subject = given["subject"] === undefined ? {} : { commonName: fallback, ...(given["subject"] as object) };
  return {
    ...given,
    ...(given["subject"] === undefined && commonName === undefined
      ? {}
      : { subject: { ...subject, ...(commonName === undefined ? {} : { commonName }) } }),
    validity: optional(`${part}Validity`),
    renewBefore: optional(`${part}RenewBefore`),
  };
}

/**
 * Refuses settings of a root that the stack does not make. Without this check, they would silently do nothing.
 *
 * @throws PkiError `CONFIG_INVALID`
 */
export function refuseContentOfExistingRoot(): void {
  const names = givenSettings("root").map(([, setting]) => `kms-pki:${setting}`);
  if (names.length > 0) {
    throw new PkiError(
      "CONFIG_INVALID",
      `${names.join(", ")} ${names.length === 1 ? "is" : "are"} set, but the root exists, and its certificate stays as it is`,
      `Remove ${names.length === 1 ? "it" : "them"} (${names.map((name) => `pulumi config rm ${name}`).join(" && ")})`,
    );
  }
}

function givenSettings(part: Part): ReturnType<typeof contentSettings> {
  return contentSettings(part).filter(([, setting]) => optional(setting) !== undefined);
}
