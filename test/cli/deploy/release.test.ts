import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { cksum } from "../../../provider/cli/deploy/cksum";
import { releaseOf } from "../../../provider/cli/deploy/release";
import { tarArchive } from "../../../provider/cli/deploy/tarArchive";
import { runTool } from "../../tools";

const DIRECTORY = "/etc/step-ca";

function release(config: object, files: Readonly<Record<string, string>>): ReturnType<typeof releaseOf> {
  const all = { ...files, "ca.json": JSON.stringify(config) };
  return releaseOf(new Map(Object.entries(all).map(([name, content]) => [name, Buffer.from(content)])), DIRECTORY);
}

void describe("What a deployment sends", () => {
  const files = { "root_ca.crt": "a root", "intermediate_ca.crt": "an intermediate", "ssh_user_ca_key.pub": "a key" };
  const config = {
    root: `${DIRECTORY}/root_ca.crt`,
    crt: `${DIRECTORY}/intermediate_ca.crt`,
    key: `${DIRECTORY}/key.pem`,
  };
  const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

  void it("has a checksum in the name of each file that ca.json names, and everything else under its own name", () => {
    const { files: sent, copies, rootsPem, keyFiles } = release(config, files);
    const names = [
      `certificates/intermediate_ca-${digest("an intermediate")}.crt`,
      `certificates/root_ca-${digest("a root")}.crt`,
    ];
    assert.deepEqual(
      sent.map(({ name }) => name),
      [...names, "ca.next.json"],
    );
    assert.deepEqual(JSON.parse(String(sent.at(-1)?.content)), {
      ...config,
      root: `${DIRECTORY}/${String(names[1])}`,
      crt: `${DIRECTORY}/${String(names[0])}`,
    });
    assert.deepEqual(
      copies.map(({ name }) => name),
      Object.keys(files).sort(),
    );
    assert.deepEqual([rootsPem, keyFiles], ["a root", [`${DIRECTORY}/key.pem`]]);
  });

  void it("is refused when ca.json names a certificate that is not exported", () => {
    assert.throws(
      () => release(config, { "intermediate_ca.crt": "an intermediate" }),
      /CONFIG_INVALID: .*root in ca\.json names \/etc\/step-ca\/root_ca\.crt, which is not exported/,
    );
  });

  void it("is refused when a key file could be read as something else by a shell", () => {
    assert.throws(
      () => release({ ...config, key: "/etc/$(id)" }, files),
      /CONFIG_INVALID: .*key file "\/etc\/\$\(id\)"/,
    );
  });
});

void describe("An archive of files", () => {
  void it("is unpacked by tar, whatever the sizes", () => {
    const directory = mkdtempSync(join(tmpdir(), "kms-pki-tar-"));
    try {
      const sent = [0, 1, 511, 512, 513, 5000].map((size) => ({
        name: `file-${String(size)}`,
        content: Buffer.alloc(size, "x"),
      }));
      const { status, stderr } = spawnSync("tar", ["-xof", "-"], { cwd: directory, input: tarArchive(sent) });
      assert.equal(status, 0, String(stderr));
      for (const { name, content } of sent) {
        assert.deepEqual(readFileSync(join(directory, name)), content);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

void describe("A checksum", () => {
  void it("is that of cksum", () => {
    const directory = mkdtempSync(join(tmpdir(), "kms-pki-cksum-"));
    const file = join(directory, "file");
    try {
      for (const content of [
        Buffer.alloc(0),
        Buffer.from("a"),
        Buffer.alloc(70_000, "wxyz"),
        Buffer.from([0, 255, 128]),
      ]) {
        writeFileSync(file, content);
        assert.equal(runTool("cksum", [file]).trim(), `${cksum(content)} ${file}`);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
