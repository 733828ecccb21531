import { checkObject, checkSwitch } from "../../inputs/form";
import { checkGenerationLabels } from "../../inputs/rotation";
import { checkAdoptKnown } from "../../resources/adoptedCertificateArgs";
import { checkIssuerNames } from "../../resources/certificateArgs";
import { isOutput } from "../../resources/knownInputs";
import { argumentNames, checkArgumentNames } from "../../words/argumentNames";
import { invalid, type Problem } from "../../words/problem";
import type { AuthorityCertificateArgs, CertificateAuthorityArgs, KeySources } from "./authorityArgs";
import { checkExternalArgs } from "./externalArgs";

const ARGUMENTS = argumentNames<CertificateAuthorityArgs>({
  keys: true,
  algorithm: true,
  name: true,
  root: true,
  intermediate: true,
  ssh: true,
  dnsNames: true,
  address: true,
  provisioner: true,
  acme: true,
  sshpop: true,
  claims: true,
  database: true,
  caConfig: true,
  rotation: true,
  compromised: true,
  crl: true,
  revoked: true,
  deleteRetiredKeys: true,
  deletionProtection: true,
});

/** The arguments that decide which resources exist. */
const KNOWN_ARGUMENTS = [
  ...(["keys", "algorithm", "root", "intermediate", "ssh", "rotation", "compromised", "crl", "revoked"] as const),
  ...(["deleteRetiredKeys", "deletionProtection"] as const),
];

const CERTIFICATE_ARGUMENTS = argumentNames<AuthorityCertificateArgs>({
  subject: true,
  validity: true,
  pathLength: true,
  renewBefore: true,
  lintProfile: true,
  adopt: true,
  crlDistributionPoints: true,
  ocspServers: true,
  issuingCertificateUrls: true,
  extendedKeyUsages: true,
  extensions: true,
  nameConstraints: true,
  policies: true,
  policyConstraints: true,
  inhibitAnyPolicy: true,
  allowedExtensions: true,
});

const INTERMEDIATE_ARGUMENTS = [...CERTIFICATE_ARGUMENTS, "issuer", "answers"];

const KEY_SOURCES = argumentNames<KeySources>({ root: true, intermediate: true, ssh: true });

/** Finds unknown arguments of an authority, and a missing key source. */
export function checkAuthorityArgs(args: CertificateAuthorityArgs): Problem[] {
  const { keys, root, intermediate } = args as Partial<CertificateAuthorityArgs>;
  const unknown = checkKnown(args);
  if (unknown.length > 0) {
    return unknown;
  }
  return [
    ...checkArgumentNames(args, ARGUMENTS),
    ...checkKeySources(keys),
    ...checkObject(root, "root"),
    ...checkObject(intermediate, "intermediate"),
    ...checkGenerationLabels(args.compromised, "compromised"),
    ...(["ssh", "deleteRetiredKeys", "deletionProtection"] as const).flatMap((name) => checkSwitch(args[name], name)),
    ...(isObject(root) && "certificatePem" in root
      ? checkIssuerNames(root, "root")
      : checkArgumentNames(root, CERTIFICATE_ARGUMENTS, "root")),
    ...checkArgumentNames(intermediate, INTERMEDIATE_ARGUMENTS, "intermediate"),
    ...[root, intermediate].flatMap((part, index) =>
      isObject(part) && "adopt" in part
        ? checkAdoptKnown(part.adopt, `${["root", "intermediate"][index] ?? ""}.adopt`)
        : [],
    ),
    ...checkExternalArgs(intermediate, root),
  ];
}

function checkKnown(args: CertificateAuthorityArgs): Problem[] {
  return KNOWN_ARGUMENTS.filter((name) => isOutput(args[name])).map((name) =>
    invalid(
      name,
      "it is an Output, but it decides which resources exist",
      "Give a value that the program knows. Only the fields of root, intermediate and crl may be Outputs",
    ),
  );
}

/** Checks the key sources. A single source is an object of its class; several are a plain object. */
function checkKeySources(keys: unknown): Problem[] {
  if (isObject(keys) && ("problems" in keys || "intermediate" in keys)) {
    return "problems" in keys ? [] : checkArgumentNames(keys, KEY_SOURCES, "keys");
  }
  return [
    {
      code: "INPUT_INVALID",
      property: "keys",
      reason: "no key source is given",
      remedy: "Give one, such as SoftKeys, or several as { root, intermediate, ssh }",
    },
  ];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
