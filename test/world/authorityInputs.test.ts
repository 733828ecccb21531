import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { output } from "@pulumi/pulumi";
import * as pki from "../../provider";
import { UP } from "../engine/project";
import { bareStack, type Examples, triesAllInputs, triesInputs } from "./inputForms";
import { withOutsideKey } from "./outsideKey";
import { WorldProject } from "./worldProject";

/** Arguments that decide which resources exist are not Inputs. */
type Plain =
  "keys" | "algorithm" | "ssh" | "rotation" | "compromised" | "revoked" | "deleteRetiredKeys" | "deletionProtection";
/** Must be known to be given. */
const WITH_KNOWN_FIELDS = ["crl"] as const;

const AUTHORITY: Examples<Omit<pki.CertificateAuthorityArgs, Plain>> = {
  name: { value: "Example" },
  root: {
    ...{
      value: {
        ...{ subject: { commonName: "R" }, validity: "1000d", pathLength: 2 },
        issuingCertificateUrls: ["http://pki.example.com/root.cer"],
      },
      isResource: true,
      isKnownToBeGiven: true,
    },
    wrong: { value: { validity: "1y" }, code: "VALIDITY_INVALID", property: "root.validity" },
  },
  intermediate: {
    ...{
      value: {
        ...{ subject: { commonName: "I" }, renewBefore: "1/3", ocspServers: ["http://ocsp.example.com"] },
        crlDistributionPoints: ["http://pki.example.com/root.crl"],
      },
      isResource: true,
      isKnownToBeGiven: true,
    },
    wrong: { value: { subject: { country: "ch" } }, code: "COUNTRY_INVALID", property: "intermediate.subject.country" },
  },
  dnsNames: {
    value: ["ca.example.com", "192.0.2.1"],
    wrong: { value: ["ca.example.com", "b c"], code: "SAN_INVALID", property: "dnsNames[1]" },
  },
  address: { value: ":443", wrong: { value: "443", code: "INPUT_INVALID", property: "address" } },
  provisioner: { value: "operators", wrong: { value: " ", code: "INPUT_INVALID", property: "provisioner" } },
  acme: { value: true },
  sshpop: { value: true },
  claims: { value: { defaultTLSCertDuration: "12h" } },
  database: {
    value: { type: "postgresql", name: "stepca", urlEnvironment: "DATABASE_URL" },
    wrong: { value: { type: "sqlite" }, code: "INPUT_INVALID", property: "database.type" },
  },
  caConfig: { value: { logger: { format: "json" } } },
  crl: {
    ...{
      value: {
        ...{ url: "http://pki.example.com/crl/", every: "7d", renewBefore: "3d" },
        ...{ root: { every: "90d" }, stepCaUrl: "http://ca.example.com/crl" },
      },
      isResource: true,
      isKnownToBeGiven: true,
    },
    wrong: {
      value: { url: "http://pki.example.com/crl", root: { every: "1y" } },
      ...{ code: "VALIDITY_INVALID", property: "crl.root.every" },
    },
  },
};

void describe("The arguments of a CertificateAuthority", () => {
  triesInputs<pki.CertificateAuthorityArgs>({
    examples: AUTHORITY as Examples<pki.CertificateAuthorityArgs>,
    base: { ssh: false, keys: undefined },
    start: bareStack,
    declare: ({ keys: _, ...args }) => {
      const ca = new pki.CertificateAuthority("ca", { ...args, keys: new pki.SoftKeys({ encryption: "none" }) });
      return { caConfig: ca.caConfig, renewal: ca.rootRenewalTime, key: ca.sshUserKey, crls: ca.crls };
    },
  });
});

const SOFT_KEYS: Examples<pki.SoftKeysArgs> = {
  directory: {
    value: "folder",
    wrong: { value: "Pulumi.yaml", code: "KEY_DIRECTORY_UNUSABLE", property: "keys.directory" },
  },
  encryption: { value: "none", wrong: { value: "rot13", code: "INPUT_INVALID", property: "keys.encryption" } },
  adopt: {
    ...{ value: { root: "outside.pem" }, isKnownToBeGiven: true, isResource: true },
    wrong: { value: { roof: "outside.pem" }, code: "INPUT_INVALID", property: "keys.adopt.roof" },
  },
};

/** A schedule, to include the record of the settings with which keys are made. */
const ROTATION = { start: "2026-01-01T00:00:00Z", every: "300d", publishBefore: "30d", retireAfter: "30d" };

/** The record of a rotation contains its time, and an example adopts a key. */
function stopClock(project: WorldProject): void {
  withOutsideKey(project);
  project.setEnvironment({ KMS_PKI_NOW: "2026-12-01T00:00:00Z", KMS_PKI_TEST_CLOCK: "1" });
}

void describe("The settings of SoftKeys", () => {
  for (const rotation of [undefined, { intermediate: ROTATION }]) {
    void describe(rotation === undefined ? "without a rotation" : "in a rotation", () => {
      triesAllInputs<pki.SoftKeysArgs>({
        ...{ examples: SOFT_KEYS, base: {} },
        start: () => bareStack(stopClock),
        declare: (args) => {
          const ca = new pki.CertificateAuthority("ca", { keys: new pki.SoftKeys(args), ssh: false, rotation });
          return { caConfig: ca.caConfig };
        },
      });
    });
  }
});

void describe("An argument that decides which resources an authority has", () => {
  const plain: readonly Plain[] = [
    ...(["keys", "algorithm", "ssh", "rotation", "deleteRetiredKeys", "deletionProtection"] as const),
  ];
  for (const name of [...plain, ...WITH_KNOWN_FIELDS]) {
    void it(`is refused as an Output: ${name}`, async () => {
      const project = await WorldProject.program("");
      try {
        project.runsProgram(() => {
          const args = { keys: new pki.SoftKeys(), [name]: output(undefined) };
          new pki.CertificateAuthority("ca", args);
        });
        const { code, output: said } = await project.pulumi(UP);
        assert.notEqual(code, 0);
        assert.match(
          said,
          new RegExp(`\\b${name}: INPUT_INVALID: it is an Output, but it decides which resources exist`),
        );
      } finally {
        project.remove();
      }
    });
  }
});

void describe("A root that the same program makes", () => {
  void it("is valid even though it was made after the run began", async () => {
    const project = await WorldProject.program("");
    project.setEnvironment({ KMS_PKI_NOW: "2026-12-01T00:00:00Z", KMS_PKI_TEST_CLOCK: "1" });
    try {
      project.runsProgram(() => {
        const keys = new pki.SoftKeys({ encryption: "none" });
        const key = new pki.SoftKey("root-key", { encryption: "none" });
        const late = key.uri.apply((): undefined => {
          process.env["KMS_PKI_NOW"] = "2026-12-01T00:01:00Z"; // making the key took a minute
        });
        const root = new pki.Certificate("root", { key, subject: { commonName: "R" }, uris: late });
        new pki.CertificateAuthority("ca", { keys, ssh: false, root: { key, certificatePem: root.certificatePem } });
      });
      await project.succeed(UP);
    } finally {
      project.remove();
    }
  });
});
