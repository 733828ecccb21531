import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, type JsonWebKey } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { generateJwkProvisionerKey, type JwkProvisionerKey } from "../../provider/stepca/jwkProvisioner";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing, runTool } from "../tools";

const PASSWORD = "correct horse pässword";

void describe("The key of a JWK provisioner", () => {
  const directory = temporaryDirectory();
  let pair: JwkProvisionerKey;
  before(async () => {
    pair = await generateJwkProvisionerKey(PASSWORD);
  });

  void it("is a public P-256 key for signatures, with nothing of the private key", () => {
    const { kty, crv, use, alg, x, y, kid, ...rest } = pair.key;
    assert.deepEqual({ kty, crv, use, alg }, { kty: "EC", crv: "P-256", use: "sig", alg: "ES256" });
    assert.match(`${String(x)} ${String(y)} ${String(kid)}`, /^[\w-]{43} [\w-]{43} [\w-]{43}$/);
    assert.deepEqual(rest, {});
  });

  void it("is encrypted as `step` does: PBES2-HS256+A128KW, A256GCM, 600,000 rounds", () => {
    const parts = pair.encryptedKey.split(".");
    const { p2s, ...header } = JSON.parse(Buffer.from(parts[0] ?? "", "base64url").toString()) as { p2s: string };
    assert.equal(parts.length, 5);
    assert.deepEqual(header, { alg: "PBES2-HS256+A128KW", enc: "A256GCM", cty: "jwk+json", p2c: 600_000 });
    assert.ok(Buffer.from(p2s, "base64url").length >= 16);
  });

  void it("is decrypted by step with the password to the matching private key", { skip: missing("step") }, () => {
    const file = join(directory, "password");
    writeFileSync(file, PASSWORD);
    const decrypted = runTool("step", ["crypto", "jwe", "decrypt", "--password-file", file], pair.encryptedKey);
    const jwk = JSON.parse(decrypted) as JsonWebKey;
    const { d, ...publicHalf } = jwk;
    assert.match(d ?? "", /^[\w-]{43}$/);
    assert.deepEqual(publicHalf, pair.key);
    const publicKey = createPublicKey(createPrivateKey({ key: jwk, format: "jwk" }));
    assert.ok(publicKey.equals(createPublicKey({ key: { ...pair.key } as JsonWebKey, format: "jwk" })));
  });

  void it("is not decrypted by step with another password", { skip: missing("step") }, () => {
    const file = join(directory, "wrong");
    writeFileSync(file, `${PASSWORD}!`);
    assert.throws(() => runTool("step", ["crypto", "jwe", "decrypt", "--password-file", file], pair.encryptedKey));
  });

  void it("has the thumbprint that step calculates as its kid", { skip: missing("step") }, () => {
    const thumbprint = runTool("step", ["crypto", "jwk", "thumbprint"], JSON.stringify(pair.key));
    assert.equal(pair.key.kid, thumbprint.trim());
  });

  void it("is different each time", async () => {
    const other = await generateJwkProvisionerKey(PASSWORD);
    assert.notEqual(other.key.kid, pair.key.kid);
  });
});
