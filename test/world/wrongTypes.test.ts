import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { output } from "@pulumi/pulumi";
import * as pki from "../../provider";
import { AwsKmsKeys } from "../../provider/kms/awskms/program";
import { CloudKmsKeys } from "../../provider/kms/cloudkms/program";
import { Pkcs11Certificate, Pkcs11Keys } from "../../provider/kms/pkcs11/program";
import { PivCertificate, PivKeys, YubiKey, type YubiKeyArgs } from "../../provider/kms/yubikey/program";
import { UP } from "../engine/project";
import { WorldProject } from "./worldProject";

/** Arguments from a program without types. */
type Given = Readonly<Record<string, unknown>>;

const WRONG: readonly unknown[] = [5, Number.NaN, [null], { a: null }, () => 1];
const KEY = { algorithm: "ECDSA_P256", uri: "softkms:path=k.pem", publicKeyPem: "x" };

const softKeys = (): pki.SoftKeys => new pki.SoftKeys({ encryption: "none" });
const authority = (args: unknown): unknown => new pki.CertificateAuthority("ca", args as pki.CertificateAuthorityArgs);
const certificate = (args: unknown): unknown => new pki.Certificate("c", args as pki.CertificateArgs);

interface Target {
  readonly declare: (args: unknown) => unknown;
  readonly base: () => Given;
  /** Per argument: the values that are wrong in every form, and those that the program must know. */
  readonly inputs: readonly string[];
  readonly plain?: readonly string[];
}

const TARGETS: Readonly<Record<string, Target>> = {
  "a CertificateAuthority": {
    declare: authority,
    base: () => ({ keys: softKeys(), ssh: false }),
    inputs: ["name", "dnsNames", "address", "provisioner", "acme", "sshpop", "database"],
    plain: ["keys", "ssh", "rotation", "deleteRetiredKeys", "deletionProtection", "crl", "revoked", "compromised"],
  },
  "a Certificate": {
    declare: certificate,
    base: () => ({ key: new pki.SoftKey("key", { encryption: "none" }), subject: { commonName: "C" } }),
    inputs: [
      ...["publicKeyPem", "csrPem", "crossOf", "profile", "validity", "notBefore", "dnsNames", "keyUsages"],
      ...["crlDistributionPoints", "ocspServers", "otherNames", "nameConstraints", "policies", "policyConstraints"],
      ...["tlsFeatures", "extensions", "allowedExtensions", "adopt"],
    ],
  },
  "an answered Certificate": {
    declare: certificate,
    base: () => ({
      ...{ key: new pki.SoftKey("key", { encryption: "none" }), subject: { commonName: "C" }, issuer: "external" },
    }),
    inputs: ["answerPem"],
  },
  "an existing root": {
    declare: (root) => authority({ keys: softKeys(), ssh: false, root }),
    base: () => ({ key: KEY, certificatePem: "" }),
    inputs: [],
    plain: ["key"],
  },
  "a CertificateRequest": {
    declare: (args) => new pki.CertificateRequest("r", args as pki.CertificateRequestArgs),
    base: () => ({ key: new pki.SoftKey("key", { encryption: "none" }), subject: { commonName: "C" } }),
    inputs: [
      ...["profile", "subject", "keyUsages", "extendedKeyUsages", "challengePassword"],
      ...["dnsNames", "ipAddresses", "emailAddresses", "uris"],
      ...[
        "crlDistributionPoints",
        "ocspServers",
        "issuingCertificateUrls",
        "otherNames",
        "nameConstraints",
        "policies",
      ],
      ...["policyConstraints", "tlsFeatures", "extensions", "allowedExtensions"],
    ],
  },
  "a CertificateRevocationList": {
    declare: (args) => new pki.CertificateRevocationList("l", args as pki.CertificateRevocationListArgs),
    base: () => {
      const key = new pki.SoftKey("key", { encryption: "none" });
      return { issuer: new pki.Certificate("root", { key, subject: { commonName: "C" } }) };
    },
    inputs: ["revoked", "validity", "renewBefore", "url", "onlyContainsCACerts"],
    plain: ["issuer"],
  },
  "an ExistingKey": {
    declare: (args) => new pki.ExistingKey("e", args as pki.ExistingKeyArgs),
    base: () => ({ uri: "softkms:path=k.pem" }),
    inputs: ["uri", "algorithm", "certificatePem"],
  },
  "a SoftKey": {
    declare: (args) => new pki.SoftKey("k", args as pki.SoftKeyArgs),
    base: () => ({}),
    inputs: ["name", "algorithm", "encryption"],
    plain: ["authorityId"],
  },
  SoftKeys: {
    declare: (args) => authority({ keys: new pki.SoftKeys(args as pki.SoftKeysArgs) }),
    base: () => ({ encryption: "none" }),
    inputs: ["directory", "encryption"],
  },
};

/** A source of keys; `plain` are the settings that the program must know. */
interface Source {
  readonly make: (args: object) => pki.KeySource;
  readonly names: readonly string[];
  readonly plain?: readonly string[];
}

const SOURCES: Readonly<Record<string, Source>> = {
  AwsKmsKeys: {
    make: (args) => new AwsKmsKeys({ region: "us-east-1", ...args }),
    names: [
      "region",
      "profile",
      "credentialsFile",
      "provider",
      "existing",
      "adopt",
      "newKeys",
      "aliasPrefix",
      "tags",
      "multiRegion",
    ],
    plain: ["provider"],
  },
  CloudKmsKeys: {
    make: (args) => new CloudKmsKeys({ project: "acme-pki", ...args }),
    names: ["provider", "location", "keyRing", "existing", "adopt", "newKeys", "labels", "stepCaMember"],
    plain: ["provider"],
  },
  PivKeys: {
    make: (args) => new PivKeys(args),
    names: ["slots", "pinPolicy", "touchPolicy", "overwrite", "adopt", "deleteKeys"],
  },
  Pkcs11Keys: {
    make: (args) => new Pkcs11Keys({ modulePath: "/none.so", token: "ca", ...args }),
    names: ["modulePath", "stepCaModulePath", "token", "labelPrefix", "storeCertificates", "adopt", "deleteKeys"],
    plain: ["storeCertificates"],
  },
};

/** Matches text that an error of the package never contains. */
const RAW = /TypeError|Cannot|is not a function|is not iterable|must be of type|ERR_/;

async function isRefused(declare: () => unknown, property: string): Promise<void> {
  const project = await WorldProject.program("");
  project.setEnvironment({ KMS_PKI_PIN: "123456", KMS_PKI_TOKEN_PIN: "123456" }); // no other problem may come first
  try {
    project.runsProgram(() => {
      declare();
    });
    const { code, output: said } = await project.pulumi(UP);
    assert.notEqual(code, 0);
    assert.doesNotMatch(said, RAW);
    assert.match(said, new RegExp(`\\b${property}\\b`));
    assert.match(said, /\b[A-Z]+_[A-Z_]+: /);
    const made = (await project.state()).resources.filter(({ type }) => type.includes("dynamic"));
    assert.deepEqual(made, []);
  } finally {
    project.remove();
  }
}

void describe("A value of the wrong type", () => {
  for (const [what, { declare, base, inputs, plain = [] }] of Object.entries(TARGETS)) {
    for (const name of [...inputs, ...plain]) {
      void it(`is refused with its name: ${name} of ${what}`, async () => {
        for (const value of WRONG) {
          await isRefused(() => declare({ ...base(), [name]: value }), name);
          if (inputs.includes(name) && typeof value !== "function" && name !== "csrPem") {
            await isRefused(() => declare({ ...base(), [name]: output(value) }), name);
          }
        }
      });
    }
  }

  for (const [what, { make, names, plain = [] }] of Object.entries(SOURCES)) {
    void it(`is refused with its name in each setting of ${what}`, async () => {
      for (const name of names) {
        for (const value of [5, Number.NaN, () => 1]) {
          await isRefused(() => authority({ keys: make({ [name]: value }), ssh: false }), name);
          if (typeof value === "number" && !plain.includes(name)) {
            await isRefused(() => authority({ keys: make({ [name]: output(value) }), ssh: false }), name);
          }
        }
      }
      for (const name of ["existing", "adopt"].filter((each) => names.includes(each))) {
        for (const value of [5, null, ["x"]]) {
          await isRefused(() => authority({ keys: make({ [name]: { root: value } }), ssh: false }), `${name}\\.root`);
        }
      }
    });
  }

  for (const Stored of [PivCertificate, Pkcs11Certificate]) {
    void it(`is refused for the key of a ${Stored.name}`, async () => {
      for (const args of [undefined, { key: 5, certificatePem: "x" }, { key: null }]) {
        await isRefused(() => new Stored("c", args as unknown as ConstructorParameters<typeof Stored>[1]), "key");
      }
    });
  }

  void it("is refused for a slot of a YubiKey", async () => {
    for (const slot of [null, 5, ["9c"]]) {
      await isRefused(() => new YubiKey("y", { slots: [slot] } as unknown as YubiKeyArgs), "slots\\[0");
    }
  });

  for (const name of ["root", "intermediate", "claims", "caConfig"]) {
    void it(`is refused in place of an object: ${name} of a CertificateAuthority`, async () => {
      for (const value of [5, "text", true, [1]]) {
        await isRefused(() => authority({ keys: softKeys(), [name]: value }), name);
      }
    });
  }

  void it("is refused for an issuer outside the program", async () => {
    for (const issuer of [5, "text", { key: KEY }, { key: KEY, certificatePem: 5 }]) {
      await isRefused(() => certificate({ publicKeyPem: "x", issuer }), "issuer");
    }
  });
});

void describe("Null", () => {
  void it("counts as left out, and adds no name", async () => {
    const project = await WorldProject.program("");
    try {
      const optional = ["algorithm", "name", "root", "intermediate", "dnsNames", "address", "provisioner", "rotation"];
      const others = ["acme", "sshpop", "claims", "caConfig", "deleteRetiredKeys", "deletionProtection"];
      const nulls = Object.fromEntries([...optional, ...others].map((name) => [name, null]));
      const run = async (args: Given): Promise<unknown> => {
        project.runsProgram(() => ({ ca: authority({ keys: softKeys(), ssh: false, ...args }) }));
        await project.succeed(UP);
        return (await project.outputs())["ca"];
      };
      const plain = await run({});
      assert.deepEqual(await run(nulls), plain);
      const inputs = ["name", "dnsNames", "address", "provisioner", "acme", "sshpop", "claims", "caConfig"];
      assert.deepEqual(await run(Object.fromEntries(inputs.map((name) => [name, output(null)]))), plain);
    } finally {
      project.remove();
    }
  });

  void it("in place of all arguments is refused with what is missing", async () => {
    for (const args of [null, undefined]) {
      await isRefused(() => authority(args), "keys");
      await isRefused(() => certificate(args), "key");
      await isRefused(() => new pki.ExistingKey("e", args as unknown as pki.ExistingKeyArgs), "uri");
    }
  });
});
