import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pluginDirectory } from "../pulumiPlugin/install";
import { missing } from "../tools";
import { type StateResource, UP_WITHOUT_PREVIEW } from "./project";
import { countingCalls } from "./providerCalls";
import {
  certificatesOf,
  KMS_TOOLS,
  planIn,
  recordedBy,
  RecordedStack,
  REPLACES_OR_DELETES,
  SIGNS_OR_MAKES,
  type StackPlan,
} from "./recordedStack";
import { installPlugin, setYamlProgram, yamlProgram } from "./yamlProject";

/** The plugin's folder in a project. The packages of the root stack are not its own. */
const FOLDER = "plugin";

const AUTHORITY = "kms-pki:CertificateAuthority";

/** The types that Pulumi's dynamic provider for Node serves, and the component. */
const DYNAMIC = /^(?:pulumi-nodejs:dynamic\/kms-pki:|kms-pki:index:CertificateAuthority$)/;

/** An authority in YAML that says what a root stack says with settings. */
const authority = (keys: object, settings: StackPlan["settings"]): Readonly<Record<string, object>> => ({
  ca: {
    type: AUTHORITY,
    properties: { keys, rotation: settings["kms-pki:rotation"], ssh: settings["kms-pki:ssh"] !== "false" },
  },
});

/** The stacks, with the resources that say the same in YAML. */
const MOVES: Readonly<Record<string, (settings: StackPlan["settings"]) => Readonly<Record<string, object>>>> = {
  "softkms-rotation": (settings) => authority({ softkms: {} }, settings),
  "softkms-program": () => ({
    ca: {
      type: AUTHORITY,
      properties: {
        ...{ keys: { softkms: { directory: "keys" } }, authorityName: "Acme", dnsNames: ["ca.acme.example"] },
        ...{ address: ":443", acme: true },
      },
    },
    "service-key": { type: "kms-pki:SoftKey", properties: { algorithm: "ECDSA_P384" }, options: { protect: true } },
    service: {
      type: "kms-pki:Certificate",
      properties: {
        ...{ key: "${service-key.signingKey}", issuer: "${ca.intermediateAsIssuer}", profile: "leaf" },
        ...{ subject: { commonName: "service.acme.example" }, dnsNames: ["service.acme.example"] },
        ...{ validity: "720h", renewBefore: "1/3" },
      },
    },
    requested: {
      type: "kms-pki:Certificate",
      properties: {
        ...{ csrPem: { "fn::readFile": "./existing/request.pem" }, issuer: "${ca.intermediateAsIssuer}" },
        ...{ profile: "leaf", dnsNames: ["requested.acme.example"], validity: "720h" },
      },
    },
    "existing-root": {
      type: "kms-pki:ExistingKey",
      properties: {
        uri: "softkms:path=existing/root.key",
        certificatePem: { "fn::readFile": "./existing/root.crt" },
      },
    },
    under: {
      type: AUTHORITY,
      properties: {
        ...{ keys: { softkms: { directory: "existing/keys" } }, authorityName: "Under", ssh: false },
        root: { certificatePem: { "fn::readFile": "./existing/root.crt" }, key: "${existing-root.signingKey}" },
      },
    },
  }),
  "awskms-rotation": (settings) => authority({ awskms: { aliasPrefix: "pki" } }, settings),
  cloudkms: (settings) =>
    authority(
      {
        cloudkms: {
          protectionLevel: settings["kms-pki:protectionLevels"],
          stepCaMember: settings["kms-pki:stepCaMember"],
        },
      },
      settings,
    ),
  yubikey: (settings) => authority({ yubikey: {} }, { ...settings, "kms-pki:ssh": "false" }),
};

const CLOUDS: Readonly<Partial<Record<StackPlan["kms"], "aws" | "gcp">>> = { awskms: "aws", cloudkms: "gcp" };

void describe("A stack that 0.1.0 made", () => {
  for (const [name, resources] of Object.entries(MOVES)) {
    const folder = join(recordedBy("0.1.0"), name);
    const { kms } = planIn(folder);
    const skip = missing("pulumi", "pulumi-language-yaml", ...KMS_TOOLS[kms]);
    void it(`moves to YAML and back to TypeScript without a signature: ${name}`, { skip }, async () => {
      const stack = await RecordedStack.restore(folder);
      const { project, plan } = stack;
      try {
        const [keys, before] = [await stack.kms.keys(), await project.state()];
        installPlugin(project.directory, FOLDER);
        project.usePlugin("kms-pki", FOLDER);
        const typescript = project.read("Pulumi.yaml");
        const cloud = CLOUDS[kms];
        const plugins = { "kms-pki": FOLDER, ...(cloud === undefined ? {} : { [cloud]: pluginDirectory(cloud) }) };
        const yaml = yamlProgram({
          name: /^name: (\S+)/.exec(typescript)?.[1] ?? "",
          plugins,
          resources: resources(plan.settings),
        });
        const doors = [
          { program: yaml, environment: "", type: /^kms-pki:index:/ },
          { program: typescript, environment: "", type: DYNAMIC },
          // The engine takes the root stack's setting `name` for the name of the plugin.
          ...(plan.program === undefined ? [] : [{ program: typescript, environment: "1", type: /^kms-pki:index:/ }]),
        ];
        for (const { program, environment, type } of doors) {
          setYamlProgram(project, program);
          project.setEnvironment({ PULUMI_KMS_PKI_PLUGIN: environment });
          const { run, calls } = await countingCalls(project, UP_WITHOUT_PREVIEW);
          assert.equal(calls.sign + calls.generateKeyPair, 0);
          assert.doesNotMatch(run.output, REPLACES_OR_DELETES);
          assert.deepEqual(
            stack.kms.calls.filter((call) => SIGNS_OR_MAKES.test(call)),
            [],
          );
          assert.deepEqual(await stack.kms.keys(), keys);
          const after = await project.state();
          assert.deepEqual(certificatesOf(after.resources), certificatesOf(before.resources));
          // Only the id of the authority is new, which 0.1.0 did not have.
          const made = things(after.resources).filter((each) => !things(before.resources).includes(each));
          assert.deepEqual(
            made.filter((each) => !/-id [0-9a-f]{32}$/.test(each)),
            [],
          );
          assert.equal(things(after.resources).length, things(before.resources).length + made.length);
          const open = after.resources.filter(({ protect }) => protect !== true);
          assert.deepEqual(
            things(before.resources.filter(isProtected)).filter((each) => things(open).includes(each)),
            [],
          );
          const own = after.resources.filter((each) => /(?:^|\/)kms-pki:/.test(each.type));
          assert.deepEqual(
            own.filter((each) => !type.test(each.type)),
            [],
          );
        }
        await project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
      } finally {
        await stack.stop();
      }
    });
  }
});

/** The things that a stack has, without what serves them. */
function things(resources: readonly StateResource[]): string[] {
  return resources.flatMap(({ urn, id }) =>
    id === undefined || urn.includes("pulumi:providers:") ? [] : [`${urn.slice(urn.lastIndexOf(":") + 1)} ${id}`],
  );
}

/** Whether it was protected, and still is in a program of today. A key ring is not. */
function isProtected({ protect, type }: StateResource): boolean {
  return protect === true && !type.endsWith(":KeyRing");
}
