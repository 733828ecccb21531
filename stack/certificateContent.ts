import { type AuthorityCertificateArgs, type LintProfile, PkiError } from "../provider";
import { certificatePem, certificatesPem } from "../provider/x509/pem";
import { adoptSetting, contentSettings, type Part } from "./contentSettings";
import { isRootExternal } from "./externalRoot";
import { config, optional, settingFile } from "./settings";

/** What the settings say of the root or the intermediate. */
export function certificateContent(part: Part): AuthorityCertificateArgs {
  const given = Object.fromEntries(
    givenSettings(part).map(([argument, setting]) => [argument, config.getObject(setting)]),
  );
  const commonName = optional(`${part}CommonName`);
  const lintProfile = optional("lintProfile");
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
    ...(lintProfile === undefined ? {} : { lintProfile: lintProfile as LintProfile }), // checked by the certificate
    ...(optional(adoptSetting(part)) === undefined ? {} : { adopt: adoptedCertificate(part) }),
  };
}

/**
 * Refuses settings of a root that the stack does not make. Without this check, they would silently do nothing.
 *
 * @throws PkiError `CONFIG_INVALID`
 */
export function refuseContentOfExistingRoot(): void {
  const settings = [adoptSetting("root"), ...contentSettings("root").map(([, setting]) => setting)];
  const names = settings.filter((setting) => optional(setting) !== undefined).map((setting) => `kms-pki:${setting}`);
  if (names.length > 0) {
    throw new PkiError(
      "CONFIG_INVALID",
      `${names.join(", ")} ${names.length === 1 ? "is" : "are"} set, but the stack does not make the root`,
      `Remove ${names.length === 1 ? "it" : "them"} (${names.map((name) => `pulumi config rm ${name}`).join(" && ")})`,
    );
  }
}

/**
 * The certificate that exists and a setting names: `rootAdopt: { certificate: FILE, reissue: true }`.
 *
 * @throws PkiError `FILE_UNUSABLE`, `PRIVATE_KEY_GIVEN`, `INPUT_INVALID`, `CONFIG_INVALID`
 */
function adoptedCertificate(part: Part): AuthorityCertificateArgs["adopt"] {
  const setting = adoptSetting(part);
  const { certificate, ...others } = objectOf(setting);
  if (typeof certificate !== "string" || certificate === "") {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:${setting} names no file of a certificate`,
      `Set one: pulumi config set --path 'kms-pki:${setting}.certificate' FILE`,
    );
  }
  const text = settingFile(`${setting}.certificate`, certificate);
  // An issuer elsewhere is known by the certificates above.
  const read = isRootExternal() ? certificatesPem : certificatePem;
  return { ...others, certificatePem: read(text, `the file of kms-pki:${setting}.certificate`) };
}

/** A structured setting; an object without fields for any other value. */
function objectOf(setting: string): Readonly<Record<string, unknown>> {
  try {
    const given: unknown = config.getObject(setting);
    return typeof given === "object" && given !== null ? (given as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function givenSettings(part: Part): ReturnType<typeof contentSettings> {
  return contentSettings(part).filter(([, setting]) => optional(setting) !== undefined);
}
