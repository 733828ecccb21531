import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as pki from "../../provider";
import { AwsKmsKeys } from "../../provider/kms/awskms/program";
import { AwsStack } from "../awskms/awsStack";
import { UP_WITHOUT_PREVIEW } from "../engine/project";
import { missing } from "../tools";
import { WorldProject } from "./worldProject";

void describe("A compromised key of AWS KMS under its alias", { skip: missing("ministack") }, () => {
  let stack: AwsStack<WorldProject>;
  const program = (compromised: readonly string[], alias?: string): void => {
    stack.project.runsProgram(() => {
      if (alias !== undefined) {
        const key = new pki.ExistingKey("existing", { uri: alias });
        new pki.Certificate("used", { key, subject: { commonName: "used" } });
      }
      const keys = new AwsKmsKeys({ aliasPrefix: "pki" });
      const { rootKey } = new pki.CertificateAuthority("ca", { keys, ssh: false, compromised });
      return { rootKey };
    });
  };
  before(async () => {
    stack = await AwsStack.over(await WorldProject.program(""));
  });
  after(() => stack.stop());

  void it("signs nothing, although only AWS KMS knows which key the alias names", async () => {
    const { project } = stack;
    program([]);
    await project.up();
    const aliases = (await project.state()).resources.filter(({ type }) => type === "aws:kms/alias:Alias");
    const alias = String(aliases.find(({ urn }) => urn.includes("intermediate"))?.outputs?.["name"]);
    program(["intermediate"], alias);
    const run = await project.pulumi(UP_WITHOUT_PREVIEW);
    assert.match(run.output, /'used': property signingKey.*KEY_COMPROMISED: this key is compromised/);
    const { resources } = await project.state();
    assert.ok(resources.some(({ urn }) => urn.endsWith("::existing")));
    assert.ok(!resources.some(({ urn }) => urn.endsWith("::used")));
    program(["intermediate"]);
    await project.up();
  });
});
