import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { PASSPHRASE, type PulumiProject } from "./project";

/** The password of the provisioner. */
export const PASSWORD = "another-secret-of-the-provisioner";

/** The engine's most detailed log, including the whole state. */
export const VERBOSE = ["--logtostderr", "--logflow", "-v=9"];

/** An environment that contains the secrets themselves. */
export const SECRET_VALUES: Readonly<Record<string, string>> = {
  KMS_PKI_PASSPHRASE_FILE: "",
  KMS_PKI_PASSPHRASE: PASSPHRASE,
  KMS_PKI_PROVISIONER_PASSWORD: PASSWORD,
};

/** Asserts that texts, such as a state and a log, hold no secret of a project and no line of its key files. */
export function assertHidden(project: PulumiProject, texts: readonly string[]): void {
  const keyLines = readdirSync(join(project.directory, "keys")).flatMap((file) =>
    project
      .read(join("keys", file))
      .split("\n")
      .filter((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line)),
  );
  assert.ok(keyLines.length >= 4);
  assertLacks(texts, [PASSPHRASE, PASSWORD, "PRIVATE KEY", ...keyLines]);
}

/** Asserts that texts hold none of these secrets, in base64 neither. */
export function assertLacks(texts: readonly string[], secrets: readonly string[]): void {
  for (const text of texts) {
    for (const secret of secrets) {
      assert.equal(text.includes(secret), false, `found ${secret}`);
      assert.equal(text.includes(Buffer.from(secret).toString("base64")), false);
    }
  }
}
