import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { tokenKeyName } from "../../provider/kms/pkcs11/pkcs11Uri";
import { AUTHORITY_PARTS } from "../../provider/rotation/authorityPart";
import type { AuthorityState } from "../../provider/rotation/authorityState";
import { changesWithin } from "../../provider/rotation/changes";
import { readRotation, type RotationArgs } from "../../provider/rotation/rotation";
import { Pkcs11Stack } from "../engine/pkcs11Stack";
import { BEGINNING, DAY, ONE_OF_EACH } from "../engine/rotationSchedule";
import { type GenerationOutput, RotationStack } from "../engine/rotationStack";
import { setEnvironment } from "../fixtures/environment";
import { openssl } from "../fixtures/openssl";
import { missingSoftHsm, PIN } from "../pkcs11/token";
import { runTool } from "../tools";
import { WorldProject } from "./worldProject";

/** A year and a half in which every part takes its turn: the root once, the others several times. */
const ALL_PARTS: RotationArgs = {
  ...ONE_OF_EACH,
  ssh: {
    user: { start: "2026-01-01T00:00:00Z", every: "150d", publishBefore: "20d", retireAfter: "30d" },
    host: { start: "2026-01-01T00:00:00Z", every: "250d", publishBefore: "20d", retireAfter: "40d" },
  },
};

/** Keys that leave the program before this day stay in the token; those that leave later are deleted. */
const DELETION = BEGINNING + 236 * DAY;
const RELEASED = ["ca-intermediate", "ca-ssh-user-key"];

const MESSAGE = "message";

void describe("A rotation in a PKCS#11 token", { skip: missingSoftHsm("cc", "openssl", "ssh-keygen") }, () => {
  let token: Pkcs11Stack<WorldProject>;
  let stack: RotationStack;
  let last: AuthorityState | undefined;
  const file = (name: string): string => join(token.project.scratch, name);
  const write = (name: string, text: string): string => {
    writeFileSync(file(name), text);
    return file(name);
  };

  before(async () => {
    const config = { "kms-pki:kms": "pkcs11", "kms-pki:storeCertificates": "true" };
    token = await Pkcs11Stack.overRootStack(await WorldProject.rootStack(config));
    stack = await RotationStack.over(token.project, ALL_PARTS);
    // ssh-keygen asks a program for the PIN.
    write("askpass", `#!/bin/sh\necho ${PIN}\n`);
    chmodSync(file("askpass"), 0o700);
    setEnvironment({ ...token.real.environment, SSH_ASKPASS: file("askpass"), SSH_ASKPASS_REQUIRE: "force" });
    runTool("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-f", file("subject")]);
  });
  after(() => token.stop());

  /** The labels of the keys in the state. */
  const recordedLabels = async (): Promise<string[]> => {
    const { resources } = await token.project.state();
    const keys = resources.filter(({ type }) => type.endsWith(":Pkcs11Key"));
    return keys.map(({ outputs }) => labelIn(String(outputs?.["uri"])));
  };

  /** That the token signs with a key what a certificate's public key verifies: OpenSC's tool signs, and openssl verifies. */
  const signsFor = (uri: string, certificate: string): void => {
    const digest = file("digest");
    writeFileSync(digest, createHash("sha256").update(MESSAGE).digest());
    const format = ["--mechanism", "ECDSA", "--signature-format", "openssl"];
    token.tool(
      "--sign",
      ...format,
      "--id",
      tokenKeyName(uri).id ?? "",
      "--input-file",
      digest,
      "--output-file",
      file("signature"),
    );
    const publicKey = write("public.pem", openssl(["x509", "-noout", "-pubkey"], certificate));
    const signature = ["-signature", file("signature"), write("message", MESSAGE)];
    assert.match(openssl(["dgst", "-sha256", "-verify", publicKey, ...signature]), /Verified OK/);
  };

  /** That ssh-keygen issues with a key of the token what whoever has these lines trusts. */
  const issuesFor = (type: "user" | "host", publicKey: string, trusted: string): void => {
    const ca = write("ca.pub", `${publicKey}\n`);
    const kind = type === "host" ? ["-h"] : [];
    const signed = ["-s", ca, "-D", token.real.modulePath, ...kind, "-I", "id", "-n", "me", file("subject.pub")];
    runTool("ssh-keygen", ["-q", ...signed]);
    const [, signer = "none"] =
      /Signing CA: \S+ (\S+)/.exec(runTool("ssh-keygen", ["-L", "-f", file("subject-cert.pub")])) ?? [];
    const lines = write("trusted", `${trusted.replace(/^@cert-authority \S+ /gm, "").trim()}\n`);
    assert.ok(runTool("ssh-keygen", ["-l", "-f", lines]).includes(signer), `${type}: ${signer}`);
  };

  /** One step of the schedules. */
  const step = (at: number): void => {
    const day = Math.round((at - BEGINNING) / DAY);
    void it(`makes and signs only what is new, and loses no key, on day ${String(day)}`, async () => {
      stack.at(at);
      token.module.clear();
      await token.project.succeed(["preview"]);
      assert.deepEqual(token.module.calls, []);
      await token.project.up();
      const state = stack.expected;
      const before = last?.generations;
      const newKeys = AUTHORITY_PARTS.flatMap((part) =>
        state.generations[part].filter(({ number }) => !before?.[part].some((earlier) => earlier.number === number)),
      );
      const newCertificates = state.certificates.filter(
        ({ name }) => !last?.certificates.some((earlier) => earlier.name === name),
      );
      assert.deepEqual(
        [token.module.count("C_GenerateKeyPair"), token.module.count("C_Sign")],
        [newKeys.length, newCertificates.length],
      );
      last = state;

      const outputs = await stack.checkState();
      const kept = outputs["releasedKeys"] as string[];
      assert.deepEqual(token.labels, [...(await recordedLabels()), ...kept.map(labelIn)].sort());
      for (const { key, certificate } of outputs["roots"] as GenerationOutput[]) {
        signsFor(key, certificate);
      }
      signsFor(String(outputs["intermediateKey"]), String(outputs["intermediateCertificate"]));
      for (const { publicKey } of outputs["sshUserKeys"] as GenerationOutput[]) {
        issuesFor("user", publicKey, String(outputs["sshTrustedUserCaKeys"]));
      }
      for (const { publicKey } of outputs["sshHostKeys"] as GenerationOutput[]) {
        issuesFor("host", publicKey, String(outputs["sshCertAuthority"]));
      }
    });
  };

  const steps = [BEGINNING, ...changesWithin(readRotation(ALL_PARTS), BEGINNING, BEGINNING + 540 * DAY)];
  for (const at of steps.filter((each) => each < DELETION)) {
    step(at);
  }

  void it("leaves retired keys in place, and deletes later ones after a change of the setting", async () => {
    await token.project.setConfig("kms-pki:deleteRetiredKeys", "true");
    await token.project.up();
    const released = (await token.project.outputs())["releasedKeys"] as string[];
    assert.deepEqual(released.map(labelIn).sort(), RELEASED);
  });

  for (const at of steps.filter((each) => each > DELETION)) {
    step(at);
  }

  void it("has gone through generations of every part, and deleted retired keys with their certificates", () => {
    const active = AUTHORITY_PARTS.map(
      (part) => last?.generations[part].find(({ state }) => state === "active")?.number,
    );
    assert.deepEqual(active, [1, 2, 3, 2]);
    const used = ["ca-intermediate-g2", "ca-root-g1", "ca-ssh-host-key-g2", "ca-ssh-user-key-g3"];
    assert.deepEqual(token.labels, [...used, ...RELEASED].sort());
    const certificates = token.tool("--list-objects", "--type", "cert");
    assert.doesNotMatch(certificates, /label: +ca-(?:root|intermediate-g1)$/m);
  });

  void it("opens no session when nothing changes", async () => {
    token.module.clear();
    assert.match((await stack.tryUp()).output, /unchanged/);
    assert.deepEqual(token.module.calls, []);
  });
});

function labelIn(uri: string): string {
  return tokenKeyName(uri).label ?? "";
}
