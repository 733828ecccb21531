import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { AuthorityRequest } from "../../provider";
import { ForeignCa } from "../fixtures/foreignCa";
import { missing } from "../tools";
import { KeyFileStack } from "./keyFileStack";
import { UP_WITHOUT_PREVIEW } from "./project";
import { killedAndRecovered, withStack } from "./survivesKills";

const EXTERNAL = { "kms-pki:rootKms": "external", "kms-pki:ssh": "false" };
const KEY = "softkms:path=keys/intermediate.pem";

void describe(
  "A killed up of an intermediate that a CA elsewhere signs",
  {
    skip: missing("pulumi", "openssl"),
  },
  () => {
    let whole: KeyFileStack;
    let urns: string[];
    before(async () => {
      whole = await KeyFileStack.rootStack(EXTERNAL);
      await whole.project.succeed(UP_WITHOUT_PREVIEW);
      urns = await urnsOf(whole);
    });
    after(() => whole.stop());

    for (const moment of ["link:1:after", "sign:1:after"]) {
      void it(`has one key and one request after recovery when it was killed at ${moment}`, () =>
        withStack({ start: () => KeyFileStack.rootStack(EXTERNAL) }, async (stack) => {
          await killedAndRecovered(stack, moment);
          await stack.project.succeed(UP_WITHOUT_PREVIEW);
          assert.deepEqual(await urnsOf(stack), urns);
          await isSettled(stack, true);
        }));
    }

    void it("takes the answer after recovery when it was killed while it took it, and asks for no other", () =>
      withStack({ start: () => Promise.resolve(whole.copy()) }, async (stack) => {
        const { project } = stack;
        const asked = await requestOf(stack);
        const answer = new ForeignCa().sign(asked.request);
        writeFileSync(join(project.directory, "answer.pem"), answer);
        await project.setConfig("kms-pki:intermediateCertificates.intermediate", "answer.pem");
        stack.clear();
        await killedAndRecovered(stack, "acceptAnswer:1:after");
        assert.ok(!(await urnsOf(stack)).some((urn) => urn.endsWith("::ca-intermediate")), "it was not recorded");
        await project.succeed(UP_WITHOUT_PREVIEW);
        assert.deepEqual(
          stack.calls.filter((call) => call !== "acceptAnswer"),
          [],
        );
        assert.deepEqual(await requestOf(stack), { ...asked, isAwaited: false });
        assert.ok(answer.startsWith(await project.output("intermediateCertificate")));
        await isSettled(stack, false);
      }));
  },
);

async function urnsOf({ project }: KeyFileStack): Promise<string[]> {
  return (await project.state()).resources.map(({ urn }) => urn).sort();
}

async function requestOf({ project }: KeyFileStack): Promise<AuthorityRequest> {
  const [request, other] = (await project.outputs())["requests"] as AuthorityRequest[];
  assert.ok(request !== undefined && other === undefined);
  return request;
}

/** There is one key and one request, and nothing is left to do. */
async function isSettled(stack: KeyFileStack, isAwaited: boolean): Promise<void> {
  assert.deepEqual(await stack.liveKeys(), [KEY]);
  assert.equal((await requestOf(stack)).isAwaited, isAwaited);
  stack.clear();
  await stack.project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
  assert.deepEqual(stack.calls, []);
  assert.deepEqual((await stack.project.state()).pending, []);
}
