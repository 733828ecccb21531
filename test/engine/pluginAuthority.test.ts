import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { missing } from "../tools";
import { inTypeScript } from "./authorityPrograms";
import { authoritySayings, saying, typescriptSayings } from "./authoritySayings";
import { PulumiProject, UP_WITHOUT_PREVIEW } from "./project";
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

const yaml = (more: object): string =>
  yamlProgram({
    resources: {
      ca: {
        type: "kms-pki:CertificateAuthority",
        properties: { keys: { softkms: {} }, authorityName: "Example", ...SETTINGS, ...more },
      },
    },
    outputs: { ca: "${ca.outputs}" },
  });

const javascript = (more: object): string => `
exports.ca = new pki.CertificateAuthority("ca", {
  keys: new pki.SoftKeys(), name: "Example", ...${JSON.stringify({ ...SETTINGS, ...more })},
}).outputs;`;

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

void describe("An authority that the plugin serves", { skip }, () => {
  let project: PulumiProject;
  before(async () => {
    project = await yamlProject(yaml({}));
    await project.up();
  });
  after(() => {
    project.remove();
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

  void it("is refused with the names of its arguments, and before anything is made", async () => {
    const names = async (): Promise<number> => (await project.state()).resources.length;
    const before = await names();
    for (const [more, expected] of [
      [{ keys: {} }, /INPUT_INVALID: "keys" of CertificateAuthority "ca" names no key management service/],
      [
        { keys: { softkms: {}, yubikey: {} } },
        /INPUT_INVALID: "keys" of CertificateAuthority "ca" names softkms and yubikey/,
      ],
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
});

void describe("An authority in TypeScript that the plugin serves", { skip }, () => {
  void it("says what it says when Pulumi's dynamic provider serves it", async () => {
    const program = inTypeScript({ port: 9443 });
    const project = await PulumiProject.program(program);
    try {
      installPlugin(project.directory);
      project.usePlugin("kms-pki", INSTALLED);
      await project.succeed(UP_WITHOUT_PREVIEW, { PULUMI_KMS_PKI_PLUGIN: "1" });
      assert.deepEqual(await authoritySayings(project), await typescriptSayings(program));
    } finally {
      project.remove();
    }
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
