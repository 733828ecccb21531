/**
 * Makes stacks with the code of this checkout, and saves their states and keys for `upgrade.test.ts` of later releases:
 * `node dist/test/engine/recordStacks.js 0.1.0`. Run it once for each release.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NEW_EC_KEY, openssl } from "../fixtures/openssl";
import { RecordedStack, recordedBy, type StackPlan } from "./recordedStack";
import { BEGINNING, DAY, ONE_OF_EACH } from "./rotationSchedule";

const day = (n: number): string => new Date(BEGINNING + n * DAY).toISOString();

const ROTATION = {
  ...ONE_OF_EACH,
  ssh: { start: "2026-01-01T00:00:00Z", every: "320d", publishBefore: "60d", retireAfter: "60d" },
};

/** An authority with its own root and leaves, and one under a root made elsewhere. */
const PROGRAM = `
const { readFileSync } = require("node:fs");
const ca = new pki.CertificateAuthority("ca", {
  keys: new pki.SoftKeys({ directory: "keys" }),
  name: "Acme",
  dnsNames: ["ca.acme.example"],
  address: ":443",
  acme: true,
});
const service = new pki.Certificate("service", {
  key: new pki.SoftKey("service-key", { algorithm: "ECDSA_P384" }, { protect: true }),
  issuer: ca.intermediate,
  profile: "leaf",
  subject: { commonName: "service.acme.example" },
  dnsNames: ["service.acme.example"],
  validity: "720h",
  renewBefore: "1/3",
});
const requested = new pki.Certificate("requested", {
  csrPem: readFileSync("existing/request.pem", "utf8"),
  issuer: ca.intermediate,
  profile: "leaf",
  dnsNames: ["requested.acme.example"],
  validity: "720h",
});
const certificatePem = readFileSync("existing/root.crt", "utf8");
const under = new pki.CertificateAuthority("under", {
  keys: new pki.SoftKeys({ directory: "existing/keys" }),
  name: "Under",
  root: { certificatePem, key: new pki.ExistingKey("existing-root", { uri: "softkms:path=existing/root.key", certificatePem }) },
  ssh: false,
});
exports.rootCertificate = ca.rootCertificate;
exports.intermediateCertificate = ca.intermediateCertificate;
exports.caConfig = ca.caConfig;
exports.chain = service.chainPem;
exports.requested = requested.chainPem;
exports.underChain = under.intermediate.chainPem;
`;

/** A root and a request as other tools write them, with text before the PEM. */
function prepareProgram(directory: string): void {
  const folder = join(directory, "existing");
  mkdirSync(folder);
  const file = (name: string): string => join(folder, name);
  openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file("root.key")]);
  const usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
  const root = [
    "req",
    "-x509",
    "-new",
    "-key",
    file("root.key"),
    "-subj",
    "/CN=Existing Root",
    "-days",
    "7300",
    ...usage,
  ];
  writeFileSync(file("root.crt"), openssl([...root, "-text"]));
  const leafKey = [...NEW_EC_KEY, "-keyout", join(directory, "unused")];
  writeFileSync(file("request.pem"), openssl(["req", "-new", ...leafKey, "-subj", "/CN=requested", "-text"]));
}

const PLANS: Readonly<Record<string, StackPlan>> = {
  softkms: { kms: "softkms", settings: {}, runs: [day(0)] },
  "softkms-rotation": {
    kms: "softkms",
    settings: { "kms-pki:rotation": ROTATION },
    runs: [0, 195, 200, 235, 300].map(day),
  },
  "softkms-program": { kms: "softkms", settings: {}, program: PROGRAM, runs: [day(365)] },
  awskms: {
    kms: "awskms",
    settings: { "kms-pki:kms": "awskms", "kms-pki:aliasPrefix": "pki", "kms-pki:tags": { team: "security" } },
    runs: [day(0)],
  },
  "awskms-rotation": {
    kms: "awskms",
    settings: {
      "kms-pki:kms": "awskms",
      "kms-pki:aliasPrefix": "pki",
      "kms-pki:ssh": "false",
      "kms-pki:rotation": ONE_OF_EACH,
    },
    runs: [0, 195, 200, 235, 300].map(day),
  },
  cloudkms: {
    kms: "cloudkms",
    settings: {
      "kms-pki:kms": "cloudkms",
      "kms-pki:protectionLevels": { root: "HSM" },
      "kms-pki:stepCaMember": "serviceAccount:step-ca@example.iam.gserviceaccount.com",
    },
    runs: [day(0)],
  },
  "cloudkms-rotation": {
    kms: "cloudkms",
    settings: { "kms-pki:kms": "cloudkms", "kms-pki:ssh": "false", "kms-pki:rotation": ONE_OF_EACH },
    runs: [0, 195, 200, 235, 300].map(day),
  },
  yubikey: { kms: "yubikey", settings: { "kms-pki:kms": "yubikey" }, runs: [day(0)] },
};

async function record([release, ...names]: readonly string[]): Promise<void> {
  if (release === undefined) {
    throw new Error("Name the release");
  }
  for (const [name, plan] of Object.entries(PLANS)) {
    if (names.length === 0 || names.includes(name)) {
      const prepare = plan.program === undefined ? () => undefined : prepareProgram;
      await RecordedStack.record(plan, join(recordedBy(release), name), prepare);
    }
  }
}

void record(process.argv.slice(2));
