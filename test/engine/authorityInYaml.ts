import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KmsStack } from "./kmsStack";
import { type PulumiProject, UP_WITHOUT_PREVIEW } from "./project";
import { certificatesOf } from "./recordedStack";
import { BEGINNING, DAY, ONE_OF_EACH } from "./rotationSchedule";
import { setYamlProgram, yamlProgram, yamlProject } from "./yamlProject";

/** A KMS, and the parameters for testing an authority in YAML with its keys in it. */
export interface YamlAuthorityOn<Stack extends KmsStack> {
  readonly name: string;
  readonly skip: string | false;
  readonly start: (project: PulumiProject) => Promise<Stack>;
  /** The authority's argument `keys`. It must allow three intermediates at a time. */
  readonly keys: (stack: Stack) => object;
  /** The folder of the plugin that makes the keys, by its name. */
  readonly plugins?: Readonly<Record<string, string>>;
  /** The calls that ask for a signature. Absent if the search for a place of a new key asks for signatures, too. */
  readonly signature?: RegExp;
}

/** Tests that the plugin serves a whole authority, whatever KMS holds its keys. */
export function servesYamlAuthority<Stack extends KmsStack>(on: YamlAuthorityOn<Stack>): void {
  const { name, skip, start, keys, plugins = {}, signature } = on;
  void describe(`An authority in YAML with keys in ${name}`, { skip }, () => {
    let stack: Stack;
    const program = (more: object): string => {
      const properties = {
        ...{ keys: keys(stack), authorityName: "Example", ssh: false, deletionProtection: false },
        rotation: { intermediate: ONE_OF_EACH.intermediate },
        ...more,
      };
      return yamlProgram({
        plugins,
        resources: { ca: { type: "kms-pki:CertificateAuthority", properties } },
        outputs: { ca: "${ca.outputs}" },
      });
    };
    const set = (day: number, more: object): void => {
      const now = new Date(BEGINNING + day * DAY).toISOString();
      stack.project.setEnvironment({ KMS_PKI_NOW: now, KMS_PKI_TEST_CLOCK: "1" });
      setYamlProgram(stack.project, program(more));
    };
    /** Runs `up`, and tests how many keys it makes and how many certificates it signs. */
    const makes = async (made: number, signed: number): Promise<void> => {
      const [keysBefore, before] = [(await stack.liveKeys()).length, await certificates()];
      stack.clear();
      await stack.project.succeed(UP_WITHOUT_PREVIEW);
      if (signature !== undefined) {
        assert.equal(stack.calls.filter((call) => signature.test(call)).length, signed);
      }
      assert.equal((await stack.liveKeys()).length - keysBefore, made);
      assert.equal((await certificates()).filter((each) => !before.includes(each)).length, signed);
    };
    before(async () => {
      stack = await start(await yamlProject("name: acme\nruntime: yaml\n"));
    });
    after(() => stack.stop());

    void it("makes a preview without a call to it", async () => {
      set(0, {});
      const { output } = await stack.project.succeed(["preview"]);
      assert.match(output, /kms-pki:index:Certificate +ca-intermediate +create/);
      assert.deepEqual(stack.calls, []);
    });

    void it("makes two keys and two certificates, and is not called in a second run", async () => {
      await makes(2, 2);
      stack.clear();
      await stack.project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
      assert.deepEqual(stack.calls, []);
    });

    void it("replaces a compromised intermediate", async () => {
      set(1, { compromised: ["intermediate"] });
      await makes(1, 1);
      assert.notEqual(await stack.project.output("ca.intermediateKey"), await keyOf("ca-intermediate-key"));
    });

    void it("makes the next intermediate when the schedule says so", async () => {
      set(391, { compromised: ["intermediate"] });
      await makes(1, 1);
      assert.equal(await stack.project.output("ca.intermediateKey"), await keyOf("ca-intermediate-g1-key"));
    });

    void it("is destroyed", async () => {
      await stack.project.succeed(["destroy", "--yes", "--skip-preview"]);
      assert.deepEqual((await stack.project.state()).resources, []);
    });

    async function certificates(): Promise<unknown[]> {
      return Object.values(certificatesOf((await stack.project.state()).resources));
    }

    async function keyOf(resource: string): Promise<unknown> {
      const { resources } = await stack.project.state();
      return resources.find(({ urn, type }) => type.startsWith("kms-pki:") && urn.endsWith(`::${resource}`))?.outputs?.[
        "uri"
      ];
    }
  });
}
