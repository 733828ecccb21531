import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { CHECKOUT, type PulumiProject, UP_WITHOUT_PREVIEW } from "./project";

/** The example in a language, and what puts its keys into AWS KMS. */
export interface AwsExample {
  readonly name: string;
  /** The programs that it needs besides Pulumi. */
  readonly tools: readonly string[];
  /** The folder in `examples`. */
  readonly folder: string;
  /** The program in that folder. */
  readonly file: string;
  /** The arguments of the example that give way. */
  readonly keys: RegExp;
  /** An argument more, in the form of the language. */
  readonly unprotected: string;
  /** A new project with a program. */
  readonly start: (program: string) => Promise<PulumiProject>;
}

/** Tests that the example in a language serves keys in AWS KMS with the lines that its README gives. */
export function servesAwsExample({ name, tools, folder, file, keys, unprotected, start }: AwsExample): void {
  const skip = missing("pulumi", "ministack", ...tools);
  void describe(`The example in ${name}, with the lines of its README for AWS KMS`, { skip }, () => {
    let stack: AwsStack;
    before(async () => {
      const read = (each: string): string => readFileSync(join(CHECKOUT, "examples", folder, each), "utf8");
      const [, lines = assert.fail("README has no lines for AWS KMS")] =
        /^```(?:python|go)\n([^]*?)^```$/m.exec(read("README.md")) ?? [];
      const [example, changed] = [read(file), read(file).replace(keys, `${lines}${unprotected}\n`)];
      assert.notEqual(changed, example);
      stack = await AwsStack.over(await start(changed));
    });
    after(() => stack.stop());

    void it("previews without a call", async () => {
      await stack.project.succeed(["preview"]);
      assert.deepEqual(stack.calls, []);
    });

    void it("makes its keys and two certificates there, and a second run calls nothing", async () => {
      await stack.project.succeed(UP_WITHOUT_PREVIEW);
      assert.equal((await stack.liveKeys()).length, 4);
      assert.equal(stack.calls.filter((call) => call === "Sign").length, 2);
      stack.clear();
      await stack.project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
      assert.deepEqual(stack.calls, []);
    });

    void it("is destroyed with its keys", async () => {
      await stack.project.succeed(["destroy", "--yes", "--skip-preview"]);
      assert.deepEqual(await stack.liveKeys(), []);
    });
  });
}
