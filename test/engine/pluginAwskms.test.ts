import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AwsStack } from "../awskms/awsStack";
import { pluginDirectory } from "../pulumiPlugin/install";
import { missing } from "../tools";
import { UP_WITHOUT_PREVIEW } from "./project";
import { setYamlProgram, yamlProject } from "./yamlProject";

const program = (plugins: readonly string[]): string => `
name: acme
runtime: yaml
plugins: { providers: [${["{ name: kms-pki, path: node_modules/.bin }", ...plugins].join(", ")}] }
resources:
  ca:
    type: kms-pki:CertificateAuthority
    properties:
      keys: { awskms: { region: us-east-1, deletionWindowInDays: 7 } }
      authorityName: Example
      deletionProtection: false
outputs:
  ca: \${ca.outputs}
`;

void describe(
  "An authority in YAML with keys in AWS KMS",
  { skip: missing("pulumi", "pulumi-language-yaml", "ministack") },
  () => {
    let stack: AwsStack;
    before(async () => {
      stack = await AwsStack.over(await yamlProject(program([])));
      setYamlProgram(stack.project, program([`{ name: aws, path: ${pluginDirectory("aws")} }`]));
    });
    after(async () => {
      await stack.stop();
    });

    void it("has keys that Pulumi's provider for AWS makes, and signs nothing in a second run", async () => {
      await stack.project.succeed(["preview"]);
      await stack.project.succeed(UP_WITHOUT_PREVIEW);
      assert.match(await stack.project.output("ca.rootKey"), /^awskms:key-id=[0-9a-f-]{36}$/);
      const { resources } = await stack.project.state();
      assert.equal(resources.filter(({ type }) => type === "aws:kms/key:Key").length, 4);
      await stack.project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
      await stack.project.succeed(["destroy", "--yes", "--skip-preview"]);
    });
  },
);
