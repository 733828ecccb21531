import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { tokenKeyName } from "../../provider/kms/pkcs11/pkcs11Uri";
import { changesWithin } from "../../provider/rotation/changes";
import { readCertificate } from "../../provider/x509/certificate";
import { Pkcs11Stack } from "../engine/pkcs11Stack";
import { UP_WITHOUT_PREVIEW } from "../engine/project";
import { RotationStack } from "../engine/rotationStack";
import { missingSoftHsm } from "../pkcs11/token";
import { ARGS, day } from "../rotation/rotations";
import { losesKeys } from "./losesKeys";
import { WorldProject } from "./worldProject";

const skip = missingSoftHsm("cc");

function tokenWorld(config: Readonly<Record<string, string>> = {}): Promise<Pkcs11Stack<WorldProject>> {
  return WorldProject.rootStack({ "kms-pki:kms": "pkcs11", "kms-pki:storeCertificates": "true", ...config }).then(
    (project) => Pkcs11Stack.overRootStack(project),
  );
}

/** The certificate beside a key, as OpenSC's tool reads it. */
function storedBeside(token: Pkcs11Stack<WorldProject>, uri: string): Buffer {
  const file = join(token.project.scratch, "stored.der");
  token.tool("--read-object", "--type", "cert", "--id", tokenKeyName(uri).id ?? "", "--output-file", file);
  return readFileSync(file);
}

losesKeys({
  name: "a PKCS#11 token",
  skip,
  start: () => tokenWorld(),
  sign: "C_Sign",
  checkStored: (stack, certificates) => {
    for (const [uri, pem] of certificates) {
      assert.deepEqual(storedBeside(stack, uri), readCertificate(pem).raw, uri);
    }
    const listed = stack.tool("--list-objects", "--type", "cert");
    assert.equal([...listed.matchAll(/^Certificate Object/gm)].length, certificates.size);
    return Promise.resolve();
  },
});

void describe("A compromised intermediate in a token", { skip }, () => {
  void it("keeps the certificate that is stored beside its key when the root of that certificate is gone", async () => {
    const { ssh: _, ...withoutSsh } = ARGS;
    const token = await tokenWorld({ "kms-pki:ssh": "false" });
    try {
      const stack = await RotationStack.over(token.project, withoutSsh);
      await token.project.setConfigObject("kms-pki:crl", { url: "http://pki.example.com/crl" });
      const upUntil = async (from: number, to: number): Promise<void> => {
        for (const at of [day(from), ...changesWithin(stack.rotation, day(from), day(to))]) {
          stack.at(at);
          await token.project.succeed(UP_WITHOUT_PREVIEW);
        }
      };
      await upUntil(0, 82);
      const lost = await token.project.output("intermediateKey");
      const stored = storedBeside(token, lost);
      await token.project.setConfigObject("kms-pki:compromised", ["intermediate-g2"]);
      // The first root is gone on day 120.
      await upUntil(82, 125);
      const { resources } = await token.project.state();
      assert.ok(resources.every(({ urn }) => !urn.endsWith("::ca-root")));
      assert.deepEqual(storedBeside(token, lost), stored);
      token.clear();
      await token.project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
      assert.deepEqual(token.calls, []);
    } finally {
      await token.stop();
    }
  });
});
