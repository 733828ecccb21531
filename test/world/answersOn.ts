import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { AuthorityRequest } from "../../provider";
import type { KmsStack } from "../engine/kmsStack";
import { UP } from "../engine/project";
import { BEGINNING, DAY } from "../engine/rotationSchedule";
import { ForeignCa } from "../fixtures/foreignCa";
import { openssl } from "../fixtures/openssl";
import type { WorldProject } from "./worldProject";

/** The settings of a stack whose intermediates a CA elsewhere signs. */
export const EXTERNAL = { "kms-pki:rootKms": "external", "kms-pki:ssh": "false" };

/** A KMS with the keys of intermediates that a CA elsewhere signs. */
export interface AnswersOn<Stack extends KmsStack<WorldProject>> {
  readonly name: string;
  readonly skip: string | false;
  /** A root stack with {@link EXTERNAL} that has made nothing. */
  readonly start: () => Promise<Stack>;
  /** The KMS's own name of the operation that signs. */
  readonly sign: string;
  /** How often a new key is asked for a signature that is not made, or thrown away. Default 0. */
  readonly asksPerKey?: number;
}

/** Tests the life of an intermediate that a CA elsewhere signs: its request, the answer, a renewal and a rotation. */
export function answersOn<Stack extends KmsStack<WorldProject>>(on: AnswersOn<Stack>): void {
  void describe(`An intermediate in ${on.name} that a CA elsewhere signs`, { skip: on.skip }, () => {
    const foreign = new ForeignCa({ hasPolicyCa: true });
    let stack: Stack;
    before(async () => {
      stack = await on.start();
      const start = new Date(BEGINNING).toISOString();
      await stack.project.setConfigObject("kms-pki:rotation", {
        intermediate: { start, every: "365d", publishBefore: "30d", retireAfter: "30d" },
      });
    });
    after(() => stack.stop());

    /** Runs `up` on a day. It must make so many keys and signatures. */
    const upOn = async (day: number, made: { readonly keys: number; readonly signatures: number }): Promise<void> => {
      const { project } = stack;
      project.setEnvironment({
        KMS_PKI_NOW: new Date(BEGINNING + day * DAY).toISOString(),
        KMS_PKI_TEST_CLOCK: "1",
      });
      const keys = (await stack.liveKeys()).length;
      stack.clear();
      await project.up();
      const signs = stack.calls.filter((call) => call.split(" ")[0] === on.sign).length;
      assert.equal((await stack.liveKeys()).length - keys, made.keys);
      assert.equal(signs - made.keys * (on.asksPerKey ?? 0), made.signatures, stack.calls.join());
    };
    /** Has the CA sign a request, and accepts its answer. */
    const answer = async (name: string, notAfter: string): Promise<string> => {
      const requests = (await stack.project.outputs())["requests"] as AuthorityRequest[];
      const given = foreign.certify(requests.find((each) => each.name === name)?.request ?? "", { notAfter });
      const file = join(stack.project.scratch, "answer.pem");
      writeFileSync(file, given + foreign.chain);
      const { code, output } = await stack.project.kmsPki(["accept", file]);
      assert.equal(code, 0, output);
      return given;
    };
    /** The intermediate in use is an answer, its key is in ca.json, and openssl verifies it below the CA's root. */
    const serves = async (given: string): Promise<void> => {
      const outputs = await stack.project.outputs();
      assert.equal(outputs["intermediateCertificate"], given);
      assert.equal((outputs["caConfig"] as { key: string }).key, outputs["intermediateKey"]);
      const file = (name: string, content: unknown): string => {
        writeFileSync(join(stack.project.scratch, name), String(content));
        return join(stack.project.scratch, name);
      };
      const [root, bundle] = [file("root.pem", foreign.rootPem), file("bundle.pem", outputs["intermediateBundle"])];
      assert.match(openssl(["verify", "-x509_strict", "-CAfile", root, "-untrusted", bundle, bundle]), /: OK/);
      await stack.project.succeed([...UP, "--expect-no-changes"]);
    };

    void it("is asked for with one key and one signature", () => upOn(1, { keys: 1, signatures: 1 }));

    void it("is taken without a signature", async () => {
      const first = await answer("intermediate", "20450101000000Z");
      await upOn(2, { keys: 0, signatures: 0 });
      await serves(first);
    });

    void it("is renewed without a signature and with the same key", async () => {
      const key = await stack.project.output("intermediateKey");
      const renewed = await answer("intermediate", "20460101000000Z");
      await upOn(3, { keys: 0, signatures: 0 });
      assert.equal(await stack.project.output("intermediateKey"), key);
      await serves(renewed);
    });

    void it("is rotated with one more key and one more signature", async () => {
      await upOn(340, { keys: 1, signatures: 1 });
      const next = await answer("intermediate-g1", "20470101000000Z");
      await upOn(341, { keys: 0, signatures: 0 });
      await upOn(366, { keys: 0, signatures: 0 });
      await serves(next);
    });
  });
}
