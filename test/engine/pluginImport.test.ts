import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { NEW_EC_KEY, openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { PASSPHRASE, type PulumiProject, UP_WITHOUT_PREVIEW } from "./project";
import { countingCalls } from "./providerCalls";
import { setYamlProgram, yamlProject } from "./yamlProject";

const EMPTY = `
name: acme
runtime: yaml
plugins: { providers: [{ name: kms-pki, path: node_modules/.bin }] }
`;

const IMPORT = ["import", "--yes", "--skip-preview", "--protect=false", "--out", "written.yaml"];

void describe("pulumi import", { skip: missing("pulumi", "pulumi-language-yaml", "openssl") }, () => {
  let project: PulumiProject;
  const file = (...names: string[]): string => join(project.directory, ...names);

  before(async () => {
    project = await yamlProject(EMPTY);
    mkdirSync(file("keys"));
    for (const name of ["root", "issuing"]) {
      openssl([
        "req",
        "-new",
        ...NEW_EC_KEY,
        "-keyout",
        file("plain.key"),
        "-subj",
        `/CN=${name}`,
        "-out",
        file("csr"),
      ]);
      const key = openssl(["pkcs8", "-topk8", "-in", file("plain.key"), "-passout", `pass:${PASSPHRASE}`]);
      writeFileSync(file("keys", `${name}.pem`), key, { mode: 0o600 });
      const signer =
        name === "root" ? ["-signkey", file("plain.key")] : ["-CA", file("root.crt"), "-CAkey", file("root.key")];
      writeFileSync(file("ext"), "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n");
      const extensions = ["-extfile", file("ext"), "-days", "900"];
      openssl(["x509", "-req", "-in", file("csr"), ...signer, ...extensions, "-out", file(`${name}.crt`)]);
      writeFileSync(file(`${name}.key`), readFileSync(file("plain.key")));
    }
  });
  after(() => {
    project.remove();
  });

  void it("takes over a key, and writes its arguments", async () => {
    await project.succeed([...IMPORT, "kms-pki:index:SoftKey", "rootKey", "softkms:path=keys/root.pem"]);
    appendFileSync(file("Pulumi.yaml"), readFileSync(file("written.yaml")));
    assert.match(project.read("Pulumi.yaml"), /adopt: softkms:path=keys\/root.pem/);
  });

  void it("takes over all of a file, and the program that it writes changes nothing", async () => {
    const [root, issuing] = ["softkms:path=keys/root.pem", "softkms:path=keys/issuing.pem"];
    const resources = [
      { type: "kms-pki:index:Certificate", name: "root", id: `root.crt,${root}` },
      { type: "kms-pki:index:SoftKey", name: "issuingKey", id: issuing },
      { type: "kms-pki:index:Certificate", name: "issuing", id: `issuing.crt,${issuing},root.crt,${root}` },
    ];
    writeFileSync(file("import.json"), JSON.stringify({ resources }));
    const before = readFileSync(file("Pulumi.yaml"), "utf8");
    await project.succeed([...IMPORT, "--file", "import.json"]);
    const written = readFileSync(file("written.yaml"), "utf8");
    setYamlProgram(project, `${before}${written.replace(/^resources:\n/m, "")}`);
    const { calls } = await countingCalls(project, [...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
    assert.equal(calls.sign + calls.generateKeyPair, 0);
    await project.succeed(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
  });
});
