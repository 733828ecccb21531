import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { AuthorityRequest } from "../../provider";
import { ForeignCa } from "../fixtures/foreignCa";
import { missing } from "../tools";
import { KeyFileStack } from "./keyFileStack";
import { UP_WITHOUT_PREVIEW } from "./project";
import { killedAndRecovered } from "./survivesKills";

const EXTERNAL = { "kms-pki:rootKms": "external", "kms-pki:ssh": "false" };
const KEY = "softkms:path=keys/intermediate.pem";

void describe(
  "A killed up of an intermediate that a CA elsewhere signs",
  {
    skip: missing("pulumi", "openssl"),
  },
  () => {
    let stack: KeyFileStack;
    before(async () => {
      stack = await KeyFileStack.rootStack(EXTERNAL);
    });
    after(() => stack.stop());

    void it("has one key and one request after recovery from a kill at the key and another at the signature", async () => {
      await killedAndRecovered(stack, "link:1:after");
      await killedAndRecovered(stack, "sign:1:after");
      await stack.project.succeed(UP_WITHOUT_PREVIEW);
      assert.deepEqual(await namesOf(stack), [
        "ca",
        "ca-id",
        "ca-intermediate-key",
        "ca-intermediate-request",
        "ca-provisioner",
      ]);
      await isSettled(stack, true);
    });

    void it("takes the answer after recovery when it was killed while it took it, and asks for no other", async () => {
      const { project } = stack;
      const asked = await requestOf(stack);
      const answer = new ForeignCa().sign(asked.request);
      writeFileSync(join(project.directory, "answer.pem"), answer);
      await project.setConfig("kms-pki:intermediateCertificates.intermediate", "answer.pem");
      stack.clear();
      await killedAndRecovered(stack, "acceptAnswer:1:after");
      assert.ok(!(await namesOf(stack)).includes("ca-intermediate"), "it was not recorded");
      await project.succeed(UP_WITHOUT_PREVIEW);
      assert.deepEqual(
        stack.calls.filter((call) => call !== "acceptAnswer"),
        [],
      );
      assert.deepEqual(await requestOf(stack), { ...asked, isAwaited: false });
      assert.ok(answer.startsWith(await project.output("intermediateCertificate")));
      await isSettled(stack, false);
      stack.clear();
      await project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
      assert.deepEqual(stack.calls, []);
    });
  },
);

/** The names of the resources of the authority. */
async function namesOf({ project }: KeyFileStack): Promise<string[]> {
  const { resources } = await project.state();
  return resources
    .map(({ urn }) => urn.slice(urn.lastIndexOf(":") + 1))
    .filter((name) => name.startsWith("ca"))
    .sort();
}

async function requestOf({ project }: KeyFileStack): Promise<AuthorityRequest> {
  const [request, other] = (await project.outputs())["requests"] as AuthorityRequest[];
  assert.ok(request !== undefined && other === undefined);
  return request;
}

/** There is one key and one request. */
async function isSettled(stack: KeyFileStack, isAwaited: boolean): Promise<void> {
  assert.deepEqual(await stack.liveKeys(), [KEY]);
  assert.equal((await requestOf(stack)).isAwaited, isAwaited);
  assert.deepEqual((await stack.project.state()).pending, []);
}
