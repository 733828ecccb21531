import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { certificateText } from "../fixtures/openssl";
import { missing } from "../tools";
import { PulumiProject, UP, UP_WITHOUT_PREVIEW } from "./project";
import { countingCalls } from "./providerCalls";
import { INSTALLED, installPlugin, setYamlProgram, yamlProgram, yamlProject } from "./yamlProject";

const SETTINGS = {
  dnsNames: ["ca.example.com"],
  crl: { url: "http://pki.example.com/crl" },
  root: {
    subject: { organization: "Example", country: "CH" },
    nameConstraints: { permitted: { dnsDomains: ["example.com"] } },
  },
};

const yaml = (more: object, name = "ca", former = "authority"): string =>
  yamlProgram({
    resources: {
      [name]: {
        type: "kms-pki:CertificateAuthority",
        properties: { keys: { softkms: {} }, authorityName: "Example", ...SETTINGS, ...more },
        options: { aliases: [`urn:pulumi:test::acme::kms-pki:index:CertificateAuthority::${former}`] },
      },
    },
    outputs: { ca: `\${${name}.outputs}` },
  });

const javascript = (more: object): string => `
exports.ca = new pki.CertificateAuthority("ca", {
  keys: new pki.SoftKeys(), name: "Example", ...${JSON.stringify({ ...SETTINGS, ...more })},
}).outputs;`;

/** What a certificate says, apart from its key, serial number, dates and signature. */
function saying(pem: string): string {
  return certificateText(pem).replaceAll(
    /^.*(?:Serial Number|Not Before|Not After|Public-Key|pub:|Key Identifier:).*\n(?:^ +[0-9A-Fa-f:]+\n)*|^ +(?:[0-9A-Fa-f]{2}:)+[0-9A-Fa-f:]*\n/gm,
    "",
  );
}

async function sayings(project: PulumiProject): Promise<string[]> {
  return [
    saying(await project.output("ca.rootCertificate")),
    saying(await project.output("ca.intermediateCertificate")),
  ];
}

/** The types of the package's resources in the state, each once. */
async function types(project: PulumiProject): Promise<string[]> {
  const { resources } = await project.state();
  return [
    ...new Set(
      resources.map(({ type }) => type).filter((type) => /kms-pki:\w+/.test(type) && !type.startsWith("pulumi:p")),
    ),
  ].sort();
}

const skip = missing("pulumi", "pulumi-language-yaml");

void describe("An authority in YAML", { skip }, () => {
  let project: PulumiProject;
  before(async () => {
    project = await yamlProject(yaml({}));
    await project.succeed(UP);
  });
  after(() => {
    project.remove();
  });

  void it("says the same in its certificates as in TypeScript, with either provider", async () => {
    const expected = await sayings(project);
    assert.match(expected.join(""), /C=CH[^]*Path|pathlen/i);
    for (const plugin of ["", "1"]) {
      const other = await PulumiProject.program(javascript({}));
      try {
        installPlugin(other.directory);
        other.usePlugin("kms-pki", INSTALLED);
        await other.succeed(UP_WITHOUT_PREVIEW, { PULUMI_KMS_PKI_PLUGIN: plugin });
        assert.deepEqual(await sayings(other), expected);
      } finally {
        other.remove();
      }
    }
  });

  void it("has children of the plugin's own types alone", async () => {
    const names = [
      "AuthorityId",
      "Certificate",
      "CertificateAuthority",
      "CertificateRevocationList",
      "JwkProvisioner",
      "SoftKey",
    ];
    assert.deepEqual(
      await types(project),
      names.map((name) => `kms-pki:index:${name}`),
    );
  });

  void it("signs nothing in a second run, and finds nothing in a refresh", async () => {
    const { calls } = await countingCalls(project, [...UP, "--expect-no-changes"]);
    assert.equal(calls.sign, 0);
    await project.succeed(["refresh", "--yes", "--expect-no-changes"]);
  });

  void it("is exported for step-ca", async () => {
    const { code, output } = await project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(code, 0, output);
    assert.match(project.read("ca/ca.json"), /"dnsNames": \[\s*"ca.example.com"/);
  });

  void it("keeps everything under another name of its resource", async () => {
    setYamlProgram(project, yaml({}, "authority", "ca"));
    const { run, calls } = await countingCalls(project, UP_WITHOUT_PREVIEW);
    assert.doesNotMatch(run.output, /replace|deleted/);
    assert.equal(calls.sign + calls.generateKeyPair, 0);
    setYamlProgram(project, yaml({}));
    await project.succeed(UP_WITHOUT_PREVIEW);
  });

  void it("is refused with the names of its arguments, and before anything is made", async () => {
    const names = async (): Promise<number> => (await project.state()).resources.length;
    const before = await names();
    for (const [more, expected] of [
      [{ keys: {} }, /INPUT_INVALID: "keys" names no key management service/],
      [{ keys: { softkms: {}, yubikey: {} } }, /INPUT_INVALID: "keys" names softkms and yubikey/],
      [{ keys: { softkms: { encryption: "rot13" } } }, /INPUT_INVALID: [^]*keys.encryption/],
      [{ algorithm: "DSA" }, /ALGORITHM_UNSUPPORTED/],
    ] as const) {
      setYamlProgram(project, yaml(more));
      const { code, output } = await project.pulumi(UP_WITHOUT_PREVIEW);
      assert.notEqual(code, 0);
      assert.match(output, expected);
    }
    assert.equal(await names(), before);
  });

  void it("is protected from a destroy until its program says otherwise", async () => {
    setYamlProgram(project, yaml({}));
    assert.notEqual((await project.pulumi(["destroy", "--yes", "--skip-preview"])).code, 0);
    setYamlProgram(project, yaml({ deletionProtection: false }));
    await project.succeed(UP_WITHOUT_PREVIEW);
    await project.succeed(["destroy", "--yes", "--skip-preview"]);
    assert.deepEqual((await project.state()).resources, []);
  });
});

void describe("A protected, rotated authority", { skip }, () => {
  let project: PulumiProject;
  const rotation = {
    intermediate: { start: "2026-01-01T00:00:00Z", every: "3650d", publishBefore: "30d", retireAfter: "60d" },
    ssh: { start: "2026-01-01T00:00:00Z", every: "3650d", publishBefore: "30d", retireAfter: "60d" },
  };
  before(async () => {
    project = await PulumiProject.program(javascript({ rotation }));
    installPlugin(project.directory);
    project.usePlugin("kms-pki", INSTALLED);
    await project.succeed(UP_WITHOUT_PREVIEW);
  });
  after(() => {
    project.remove();
  });

  for (const { to, prepare, type } of [
    {
      to: "the plugin",
      prepare: () => {
        project.setEnvironment({ PULUMI_KMS_PKI_PLUGIN: "1" });
      },
      type: /^kms-pki:index:/,
    },
    {
      to: "the dynamic provider",
      prepare: () => {
        project.setEnvironment({ PULUMI_KMS_PKI_PLUGIN: "" });
      },
      type: /^(?:pulumi-nodejs:dynamic\/kms-pki:|kms-pki:index:CertificateAuthority$)/,
    },
    {
      to: "a program in YAML",
      prepare: () => {
        setYamlProgram(project, yaml({ rotation }));
      },
      type: /^kms-pki:index:/,
    },
  ]) {
    void it(`moves to ${to} without a signature, and stays there`, async () => {
      const certificates = await sayings(project);
      prepare();
      await project.succeed(["preview"]);
      const { run, calls } = await countingCalls(project, UP_WITHOUT_PREVIEW);
      assert.equal(calls.sign + calls.generateKeyPair, 0);
      assert.doesNotMatch(run.output, /replaced|deleted|kms-pki:\S+ \S+ created/);
      assert.ok(
        (await types(project)).every((each) => type.test(each)),
        (await types(project)).join(),
      );
      assert.deepEqual(await sayings(project), certificates);
      await project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
      await project.succeed(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
    });
  }
});
