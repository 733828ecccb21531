import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CA, type MadeCa, makeCa, newKey } from "../corpus/caWorkshop";
import { openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { type Answer, call } from "./testShell";

/** Encrypts the keys. The tests search for it where it must not be. */
export const PASSWORD = "a-password-of-step-ca";

const ISSUING = CA.replace("CA:TRUE", "CA:TRUE,pathlen:0");

/** The files of a step-ca whose keys are in files, made by openssl, beside a Pulumi project with a stubbed `pulumi`. */
export class RunningCaFolder {
  readonly directory = temporaryDirectory();
  readonly root: MadeCa;
  readonly intermediate: MadeCa;
  /** The config of the stack, as `pulumi config --json` shows it. */
  config: Record<string, unknown> = { "kms-pki:kms": { value: "softkms" } };
  /** The outputs of the stack. */
  outputs: Record<string, unknown> = {};
  caJson: Record<string, unknown>;

  constructor({ rootKey = newKey() }: { readonly rootKey?: string } = {}) {
    this.root = makeCa({ subject: "/CN=Old Root", keyPem: rootKey });
    this.intermediate = makeCa({ subject: "/CN=Old Intermediate", extensions: ISSUING, days: 3000, issuer: this.root });
    for (const folder of ["project", "bin", "step"]) {
      mkdirSync(join(this.directory, folder));
    }
    this.write("project/Pulumi.yaml", "name: kms-pki\nruntime: nodejs\n");
    this.write("step/root.crt", this.root.certificatePem);
    this.write("step/int.crt", this.intermediate.certificatePem);
    this.writeKey("root_ca_key", this.root.keyPem);
    this.writeKey("intermediate_ca_key", this.intermediate.keyPem);
    this.writeKey("user_key", newKey());
    this.writeKey("host_key", newKey());
    this.caJson = {
      ...{ root: this.path("step/root.crt"), crt: "int.crt", key: "intermediate_ca_key", password: PASSWORD },
      ssh: { hostKey: "host_key", userKey: "user_key" },
      ...{ dnsNames: ["ca.example.com"], address: ":9000", federatedRoots: null },
      db: { type: "mysql", dataSource: "root:db-secret@tcp(localhost)/" },
      authority: { provisioners: [{ type: "JWK", name: "me@example.com", encryptedKey: "ey..." }] },
    };
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, content: string): void {
    writeFileSync(this.path(name), content, { mode: name.startsWith("bin/") ? 0o700 : 0o600 });
  }

  /** Writes a key under the password. */
  writeKey(name: string, keyPem: string): void {
    const args = ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", `pass:${PASSWORD}`];
    this.write(`step/${name}`, openssl(args, keyPem));
  }

  /** Calls `kms-pki adopt` in the folder, with `--cwd project`. */
  async adopt(...args: readonly string[]): Promise<Answer> {
    this.write("step/ca.json", JSON.stringify(this.caJson));
    this.write("config.json", JSON.stringify(this.config));
    this.write("outputs.json", JSON.stringify(this.outputs));
    this.write("called", "");
    this.write(
      "bin/pulumi",
      `#!/bin/sh
here=$(dirname "$0")/..
printf '%s\\n' "$*" >> "$here/called"
case "$1 $2" in
  "config --json") cat "$here/config.json" ;;
  "stack output") cat "$here/outputs.json" ;;
esac
`,
    );
    return call(["adopt", "--cwd", "project", ...args, "step/ca.json"], {
      cwd: this.directory,
      environment: { PATH: `${this.path("bin")}:/usr/bin:/bin` },
    });
  }

  /** The calls of `pulumi`, by their arguments. */
  get called(): string[] {
    return readFileSync(this.path("called"), "utf8").trimEnd().split("\n");
  }

  /** The settings that were set; undefined if none was. */
  get set(): Record<string, unknown> | undefined {
    const [, json] =
      this.called.map((line) => /^config set-all --json (.*) --non-interactive$/.exec(line)).find(Boolean) ?? [];
    if (json === undefined) {
      return undefined;
    }
    const entries = Object.entries(JSON.parse(json) as Record<string, { value: string; objectValue?: unknown }>);
    return Object.fromEntries(
      entries.map(([name, { value, objectValue }]) => [name.replace(/^kms-pki:/, ""), objectValue ?? value]),
    );
  }
}
