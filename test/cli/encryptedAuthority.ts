import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openssl } from "../fixtures/openssl";
import { Authority, BEGINNING, type Outputs } from "./authority";
import { RotatedAuthority } from "./rotation";

/** The passphrase of the encrypted keys. */
const KEY_PASSPHRASE = "correct-horse";

/** An authority whose online keys are encrypted, as a cluster needs them, and the outputs that its stack would have. */
export interface EncryptedAuthority {
  readonly authority: Authority;
  readonly outputs: Outputs;
  readonly withoutSsh: Outputs;
  /** In a rotation, with a root that is published. */
  readonly rotated: Outputs;
}

/** Makes an authority, and encrypts its keys once everything is signed. */
export async function encryptedAuthority(): Promise<EncryptedAuthority> {
  const authority = await Authority.create();
  const [outputs, withoutSsh] = [await authority.outputs(), await authority.outputs({ ssh: false })];
  const rotated = await (await RotatedAuthority.create(authority, BEGINNING)).outputs("published");
  encryptKeys(authority.path("keys"), ["intermediate", "ssh-user-key", "ssh-host-key"]);
  return { authority, outputs, withoutSsh, rotated };
}

/** Encrypts key files of a folder in place. */
function encryptKeys(directory: string, names: readonly string[]): void {
  for (const name of names) {
    const path = join(directory, `${name}.pem`);
    const cipher = ["-v2", "aes-256-cbc", "-passout", `pass:${KEY_PASSPHRASE}`];
    writeFileSync(path, openssl(["pkcs8", "-topk8", "-in", path, ...cipher]));
  }
}
