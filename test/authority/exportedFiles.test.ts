import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type ExportedAuthority, exportedFiles, rotatedFiles } from "../../provider/authority/exportedFiles";
import { fingerprintSha256, readCertificate } from "../../provider/x509/certificate";
import { issueRoot } from "../x509/issuing";

const PLAIN = ["root_ca.crt", "intermediate_ca.crt"];

void describe("The files of an exported authority", () => {
  let roots: [string, string];
  before(async () => {
    roots = [await issueRoot({ pathLength: 2 }), await issueRoot({ pathLength: 0 })];
  });
  const names = (over: Partial<ExportedAuthority>, named: readonly string[]): Record<"before" | "after", string[]> => {
    const authority = { isRotated: false, roots, bundle: "bundle", ssh: undefined, lists: [], requests: [], ...over };
    const { before: first, after } = exportedFiles(authority, named);
    return { before: first.map(({ name }) => name), after: after.map(({ name }) => name) };
  };

  void it("are two certificates, both named by ca.json", () => {
    assert.deepEqual(names({}, PLAIN), { before: PLAIN, after: [] });
  });

  void it("are named by their content during a rotation, and the old names are written after ca.json", () => {
    const { roots: files, crt } = rotatedFiles(roots, "bundle");
    const rotated = roots.map((pem) => `root_ca-${fingerprintSha256(readCertificate(pem)).slice(0, 8)}.crt`);
    assert.deepEqual(
      files.map(({ name }) => name),
      rotated,
    );
    assert.match(crt.name, /^intermediate_ca-[0-9a-f]{8}\.crt$/);
    assert.deepEqual(names({ isRotated: true }, [...rotated, crt.name]), {
      before: [...rotated, crt.name],
      after: PLAIN,
    });
    assert.deepEqual(names({ isRotated: true }, [...PLAIN]), { before: [...rotated, crt.name, ...PLAIN], after: [] });
  });

  void it("hold the SSH key that signs, and during a rotation one line for each key, the signing key first", () => {
    const ssh = { user: ["u1", "u0"], host: ["h1", "h0"] };
    const files = (isRotated: boolean): Record<string, string> =>
      Object.fromEntries(
        exportedFiles(
          { isRotated: false, roots, bundle: "", ssh: { ...ssh, isRotated }, lists: [], requests: [] },
          PLAIN,
        )
          .before.filter(({ name }) => name.startsWith("ssh_"))
          .map(({ name, content }) => [name, content]),
      );
    const signing = { "ssh_user_ca_key.pub": "u1\n", "ssh_host_ca_key.pub": "h1\n" };
    assert.deepEqual(files(false), signing);
    assert.deepEqual(files(true), {
      ...signing,
      ssh_trusted_user_ca_keys: "u1\nu0\n",
      ssh_known_hosts: "@cert-authority * h1\n@cert-authority * h0\n",
    });
  });
});
