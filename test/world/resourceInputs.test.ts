import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import * as pki from "../../provider";
import { makeCa } from "../corpus/caWorkshop";
import { ForeignCa } from "../fixtures/foreignCa";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing } from "../tools";
import { opensslRequest } from "../x509/opensslRequest";
import { withOutsideKey } from "./outsideKey";
import { bareStack, type Examples, type TriedStack, triesInputs } from "./inputForms";

const SOFT_KEY: Examples<pki.SoftKeyArgs> = {
  name: { value: "other", wrong: { value: "../other", code: "INPUT_INVALID", property: "name" } },
  directory: { value: "folder", wrong: { value: 7, code: "INPUT_INVALID", property: "directory" } },
  algorithm: { value: "ED25519", wrong: { value: "DSA", code: "ALGORITHM_UNSUPPORTED", property: "algorithm" } },
  encryption: { value: "none", wrong: { value: "rot13", code: "INPUT_INVALID", property: "encryption" } },
  adopt: { value: "outside.pem", wrong: { value: "inside.pem", code: "KEY_NOT_FOUND", property: "adopt" } },
  deleteKey: { value: false },
  authorityId: { value: "0123456789abcdef0123456789abcdef" },
  formerOwners: { value: ["urn:pulumi:test::acme::former"] },
};

void describe("The arguments of a SoftKey", () => {
  triesInputs({
    ...{ examples: SOFT_KEY, base: { encryption: "none" }, start: () => bareStack(withOutsideKey) },
    declare: (args) => ({ key: new pki.SoftKey("key", args).uri }),
  });
});

void describe("The arguments of an AuthorityId", () => {
  triesInputs<pki.AuthorityIdArgs>({
    ...{ examples: { formerMarks: { value: true } }, base: {}, start: bareStack },
    declare: (args) => ({ id: new pki.AuthorityId("id", args).authorityId }),
  });
});

void describe("The arguments of a JwkProvisioner", () => {
  triesInputs<pki.JwkProvisionerArgs>({
    examples: {
      provisioner: { value: "operators", wrong: { value: " ", code: "INPUT_INVALID", property: "provisioner" } },
    },
    ...{ base: {}, start: bareStack },
    declare: (args) => ({ key: new pki.JwkProvisioner("provisioner", args).key }),
  });
});

const skip = missing("openssl");
const CA = ["-x509", "-days", "4000", "-addext", "keyUsage=critical,keyCertSign,cRLSign"].concat(
  ...["-addext", "basicConstraints=critical,CA:TRUE"],
);
const newKey = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const requested = (key: KeyObject, name: string, options: readonly string[]): string =>
  skip === false ? opensslRequest(temporaryDirectory(), key, ["-subj", `/CN=${name}`, ...options]) : "";

/** A root made by openssl. Each project has its key in a file. */
const privateKey = newKey();
const KEY = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const publicKeyPem = createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
const outside = { uri: "softkms:path=outside.pem", algorithm: "ECDSA_P256", publicKeyPem } as const;
const certificatePem = requested(privateKey, "Outside", CA);
const issuer = { key: outside, certificatePem, chainPem: certificatePem };
const otherRoot = requested(newKey(), "Other", CA);
/** What the root outside has issued. */
const issued = skip === false ? makeCa({ issuer: { certificatePem, keyPem: KEY }, serial: "77" }).certificatePem : "";
const ANSWERED = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign";
/** The answer of an issuer elsewhere to the root outside. */
const answerPem =
  skip === false ? new ForeignCa().sign(requested(privateKey, "Answered", []), { extensions: ANSWERED }) : "";
const csrPem = requested(newKey(), "Asking", []);
const NOT_AFTER = "2035-01-31T12:00:00Z";

/** What a certificate says, or a request asks for. */
const CONTENT: Pick<Examples<pki.CertificateArgs>, keyof pki.CertificateContentArgs> = {
  subject: {
    value: { commonName: "Example", organization: ["One", "Two"], country: "CH" },
    wrong: { value: { commonName: "X", country: "Suisse" }, code: "COUNTRY_INVALID", property: "subject.country" },
    beside: { profile: "leaf", dnsNames: ["ca.example.com"], issuer },
  },
  pathLength: { value: 3, wrong: { value: -1, code: "PATH_LENGTH_VIOLATED", property: "pathLength" } },
  keyUsages: {
    value: ["keyCertSign"],
    wrong: { value: ["signAll"], code: "EXTENSION_INVALID", property: "keyUsages" },
  },
  extendedKeyUsages: {
    value: ["serverAuth"],
    wrong: { value: ["1"], code: "EXTENSION_INVALID", property: "extendedKeyUsages" },
  },
  dnsNames: {
    value: ["a.example.com", "b.example.com"],
    wrong: { value: ["a.example.com", "b c"], code: "SAN_INVALID", property: "dnsNames[1]" },
  },
  ipAddresses: { value: ["192.0.2.1"], wrong: { value: ["300"], code: "SAN_INVALID", property: "ipAddresses[0]" } },
  emailAddresses: {
    value: ["a@example.com"],
    wrong: { value: ["a"], code: "SAN_INVALID", property: "emailAddresses[0]" },
  },
  uris: { value: ["spiffe://example.org/ca"], wrong: { value: ["ca"], code: "SAN_INVALID", property: "uris[0]" } },
  crlDistributionPoints: {
    value: ["http://pki.example.com/root.crl"],
    wrong: { value: ["root.crl"], code: "EXTENSION_INVALID", property: "crlDistributionPoints[0]" },
  },
  ocspServers: {
    value: ["http://ocsp.example.com"],
    wrong: { value: ["ldap://a/b?c"], code: "EXTENSION_INVALID", property: "ocspServers[0]" },
  },
  issuingCertificateUrls: {
    value: ["http://pki.example.com/root.cer"],
    wrong: { value: ["http:a"], code: "EXTENSION_INVALID", property: "issuingCertificateUrls[0]" },
  },
  otherNames: {
    value: [{ oid: "1.3.6.1.4.1.311.20.2.3", utf8String: "user@example.com" }],
    wrong: { value: [{ oid: "1.2.3", valueHex: "05" }], code: "SAN_INVALID", property: "otherNames[0].valueHex" },
  },
  nameConstraints: {
    value: {
      permitted: { dnsDomains: ["example.com"], directoryNames: [{ organization: "Example" }] },
      excluded: { ipRanges: ["0.0.0.0/0", "::/0"], emailAddresses: [".example.org"], uriDomains: ["example.net"] },
    },
    wrong: {
      value: { permitted: { ipRanges: ["10.0.0.1/8"] } },
      ...{ code: "EXTENSION_INVALID", property: "nameConstraints.permitted.ipRanges[0]" },
    },
  },
  policies: {
    value: [{ id: "1.3.6.1.4.1.99999.1", cps: ["http://pki.example.com/cps"], userNotice: "Internal use" }],
    wrong: { value: [{ id: "policy" }], code: "EXTENSION_INVALID", property: "policies[0].id" },
  },
  policyConstraints: {
    value: { requireExplicitPolicy: 0, inhibitPolicyMapping: 1 },
    wrong: {
      value: { requireExplicitPolicy: -1 },
      ...{ code: "EXTENSION_INVALID", property: "policyConstraints.requireExplicitPolicy" },
    },
  },
  inhibitAnyPolicy: { value: 0, wrong: { value: 0.5, code: "EXTENSION_INVALID", property: "inhibitAnyPolicy" } },
  tlsFeatures: {
    value: ["status_request", 17],
    wrong: { value: ["staple"], code: "EXTENSION_INVALID", property: "tlsFeatures" },
  },
  extensions: {
    value: [{ oid: "1.3.6.1.4.1.99999.2", valueHex: "0500" }],
    beside: { allowedExtensions: ["1.3.6.1.4.1.99999.2"] },
    wrong: {
      value: [{ oid: "1.3.6.1.4.1.99999.3", valueDer: "BQA=" }],
      ...{ code: "EXTENSION_INVALID", property: "extensions[0].oid" },
    },
  },
  allowedExtensions: {
    value: ["1.3.6.1.4.1.99999.2"],
    wrong: { value: ["any"], code: "EXTENSION_INVALID", property: "allowedExtensions[0]" },
  },
};

const CERTIFICATE: Examples<pki.CertificateArgs> = {
  ...CONTENT,
  key: { value: outside, isKnownToBeGiven: true, isResource: true },
  publicKeyPem: {
    ...{ value: publicKeyPem, isKnownToBeGiven: true, beside: { key: undefined, issuer } },
    wrong: { value: KEY, code: "PRIVATE_KEY_GIVEN", property: "" },
  },
  csrPem: {
    ...{ value: csrPem, isKnownToBeGiven: true, beside: { key: undefined, issuer } },
    wrong: { value: "no PEM", code: "CSR_INVALID", property: "" },
  },
  crossOf: {
    ...{ value: otherRoot, isKnownToBeGiven: true },
    beside: { key: undefined, subject: undefined, issuer },
    wrong: { value: KEY, code: "PRIVATE_KEY_GIVEN", property: "" },
  },
  issuer: {
    ...{ value: issuer, isKnownToBeGiven: true, isResource: true },
    wrong: { value: { ...issuer, certificatePem: KEY }, code: "PRIVATE_KEY_GIVEN", property: "" },
  },
  answerPem: {
    ...{
      value: answerPem,
      isKnownToBeGiven: true,
      beside: { issuer: "external", subject: { commonName: "Answered" } },
    },
    wrong: { value: KEY, code: "PRIVATE_KEY_GIVEN", property: "" },
  },
  profile: { value: "leaf", wrong: { value: "stem", code: "INPUT_INVALID", property: "profile" } },
  validity: { value: "100d", wrong: { value: "1y", code: "VALIDITY_INVALID", property: "validity" } },
  notBefore: {
    value: "2025-01-31T12:00:00Z",
    wrong: { value: "yesterday", code: "VALIDITY_INVALID", property: "notBefore" },
  },
  notAfter: {
    value: NOT_AFTER,
    wrong: { value: "1999-01-01T00:00:00Z", code: "VALIDITY_INVALID", property: "notAfter" },
  },
  mayBeginEarlier: {
    ...{ value: true, beside: { notBefore: "2030-01-31T12:00:00Z", notAfter: NOT_AFTER } },
    wrong: { value: "yes", code: "INPUT_INVALID", property: "mayBeginEarlier" },
  },
  lintProfile: {
    ...{
      value: "publicTls",
      beside: { subject: { country: "CH", organization: "Example", commonName: "Example Root" } },
    },
    wrong: { value: "public", code: "INPUT_INVALID", property: "lintProfile" },
  },
  withdrawn: { value: false, wrong: { value: "yes", code: "INPUT_INVALID", property: "withdrawn" } },
  adopt: {
    ...{ value: { certificatePem, reissue: false }, isKnownToBeGiven: true, isResource: true },
    wrong: { value: { certificatePem, reissue: "yes" }, code: "INPUT_INVALID", property: "adopt.reissue" },
  },
  sameSubjectAs: { value: certificatePem, wrong: { value: KEY, code: "PRIVATE_KEY_GIVEN", property: "" } },
  renewBefore: { value: "1/3", wrong: { value: "2/1", code: "VALIDITY_INVALID", property: "renewBefore" } },
};

const withKey = (): Promise<TriedStack> =>
  bareStack(({ directory }) => {
    writeFileSync(join(directory, "outside.pem"), KEY);
  });

const EXISTING_KEY: Examples<pki.ExistingKeyArgs> = {
  uri: {
    ...{ value: "softkms:path=outside.pem", isKnownToBeGiven: true },
    wrong: { value: "yubikey:slot-id=9a?pin-value=1", code: "INPUT_INVALID", property: "" },
  },
  algorithm: { value: "ECDSA_P256", wrong: { value: "DSA", code: "ALGORITHM_UNSUPPORTED", property: "algorithm" } },
  kms: { value: "softkms:", wrong: { value: "yubikey:serial=1?pin-value=1", code: "INPUT_INVALID", property: "" } },
  certificatePem: { value: certificatePem, wrong: { value: KEY, code: "PRIVATE_KEY_GIVEN", property: "" } },
};

void describe("The arguments of an ExistingKey", { skip }, () => {
  triesInputs({
    ...{ examples: EXISTING_KEY, base: { uri: "softkms:path=outside.pem" }, start: withKey },
    declare: (args) => ({ key: new pki.ExistingKey("key", args).publicKeyPem }),
  });
});

void describe("The arguments of a Certificate", { skip }, () => {
  triesInputs({
    ...{ examples: CERTIFICATE, base: { key: outside, subject: { commonName: "Example" } } },
    start: withKey,
    declare: (args) => {
      const certificate = new pki.Certificate("certificate", args);
      return { chain: certificate.chainPem, renewal: certificate.renewalTime };
    },
  });
});

const REQUEST: Examples<pki.CertificateRequestArgs> = {
  ...CONTENT,
  key: { value: outside, isKnownToBeGiven: true, isResource: true },
  subject: { ...CONTENT.subject, beside: { profile: "leaf", dnsNames: ["ca.example.com"] } },
  profile: { value: "leaf", wrong: { value: "root", code: "INPUT_INVALID", property: "profile" } },
  challengePassword: {
    ...{ value: true, beside: { profile: "leaf" } },
    wrong: { value: "password", code: "INPUT_INVALID", property: "challengePassword" },
  },
};

void describe("The arguments of a CertificateRequest", { skip }, () => {
  triesInputs({
    ...{ examples: REQUEST, base: { key: outside, subject: { commonName: "Example" } } },
    start: async () => {
      const stack = await withKey();
      stack.project.setEnvironment({ KMS_PKI_CHALLENGE_PASSWORD: "asked-for-by-the-issuer" });
      return stack;
    },
    declare: (args) => {
      const request = new pki.CertificateRequest("request", args);
      return { der: request.csrDer, key: request.publicKeyPem, id: request.subjectKeyIdentifier };
    },
  });
});

const LISTED = { serialNumber: "5a01", reason: "superseded", revokedAt: "2025-12-01T00:00:00Z" };

const REVOCATION_LIST: Examples<pki.CertificateRevocationListArgs> = {
  issuer: {
    ...{ value: issuer, isKnownToBeGiven: true, isResource: true },
    wrong: { value: { ...issuer, certificatePem: KEY }, code: "PRIVATE_KEY_GIVEN", property: "" },
  },
  revoked: {
    value: [LISTED, { certificatePem: issued, reason: "keyCompromise", invalidityDate: "2025-11-01T00:00:00Z" }],
    wrong: {
      value: [LISTED, { serialNumber: "5a02", reason: "stolen" }],
      ...{ code: "INPUT_INVALID", property: "revoked[1].reason" },
    },
  },
  validity: { value: "60d", wrong: { value: "1y", code: "VALIDITY_INVALID", property: "validity" } },
  renewBefore: { value: "1/2", wrong: { value: "40d", code: "VALIDITY_INVALID", property: "renewBefore" } },
  url: {
    value: "http://crl.example.com/outside.crl",
    wrong: { value: "ftp://crl.example.com", code: "EXTENSION_INVALID", property: "url" },
  },
  withdrawn: { value: false, wrong: { value: "yes", code: "INPUT_INVALID", property: "withdrawn" } },
  onlyContainsCACerts: {
    value: true,
    wrong: { value: "yes", code: "INPUT_INVALID", property: "onlyContainsCACerts" },
  },
};

void describe("The arguments of a CertificateRevocationList", { skip }, () => {
  triesInputs({
    ...{ examples: REVOCATION_LIST, base: { issuer }, start: withKey },
    declare: (args) => {
      const list = new pki.CertificateRevocationList("list", args);
      return { der: list.crlDer, renewal: list.renewalTime };
    },
  });
});
