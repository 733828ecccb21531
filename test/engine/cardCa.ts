import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { childrenOf, derElement } from "../../provider/x509/der";
import { writePem } from "../../provider/x509/pem";
import { CA, type MadeCa, makeCa } from "../corpus/caWorkshop";
import { derOf } from "../fixtures/openssl";
import { findTool } from "../tools";
import type { MadeCa as AdoptableCa } from "./adoptsRunningCa";
import type { StackProject } from "./stackProject";
import { PIN, type YubiKeyStack } from "./yubiKeyStack";

/** OpenSC's PKCS#11 id of the key in slot 9a. */
const ID_9A = "01";

/**
 * Makes a root in slot 9a and an intermediate in slot 9c with the tools of others: yubico-piv-tool makes the keys and stores the
 * certificates, openssl writes the certificates, and OpenSC has the card sign them.
 */
export async function makeCaInCard(stack: YubiKeyStack<StackProject>, folder: string): Promise<AdoptableCa> {
  mkdirSync(folder);
  const rootKey = await newKey(stack, folder, "9a");
  const identifier = createHash("sha1")
    .update(derOf(readFileSync(rootKey, "utf8")))
    .digest("hex"); // as in step-yubikey-init
  const wish = {
    subject: "/CN=YubiKey Smallstep Root",
    extensions: `${limited(1)}subjectKeyIdentifier=${identifier}\nauthorityKeyIdentifier=none\n`,
  };
  const root = await signedIn(stack, folder, "9a", makeCa({ ...wish, arguments: ["-force_pubkey", rootKey] }));
  // openssl has no key of the root, so another CA of the same name and key identifier stands in for it.
  const intermediateKey = await newKey(stack, folder, "9c");
  const intermediate = makeCa({
    ...{ subject: "/CN=YubiKey Smallstep Intermediate", extensions: limited(0), serial: "2", issuer: makeCa(wish) },
    ...{ days: 3600, arguments: ["-force_pubkey", intermediateKey] },
  });
  writeFileSync(join(folder, "root_ca.crt"), root);
  writeFileSync(join(folder, "intermediate_ca.crt"), await signedIn(stack, folder, "9c", intermediate));
  return { folder, keys: { key: "yubikey:slot-id=9c", kms: { type: "yubikey", pin: PIN } } };
}

function limited(pathLength: number): string {
  return CA.replace("CA:TRUE", `CA:TRUE,pathlen:${String(pathLength)}`);
}

/** Has the card make a key. @returns the file with its public key */
async function newKey(stack: YubiKeyStack<StackProject>, folder: string, slot: string): Promise<string> {
  const file = join(folder, `${slot}.pub`);
  writeFileSync(file, await stack.pivTool(["-a", "generate", "-s", slot, "-A", "ECCP256"]));
  return file;
}

/** The certificate as the key in slot 9a signs it. It is stored in a slot. */
async function signedIn(
  stack: YubiKeyStack<StackProject>,
  folder: string,
  slot: string,
  { certificatePem: draft }: MadeCa,
): Promise<string> {
  const store = (pem: string): Promise<string> =>
    stack.pivTool(["-a", "import-certificate", "-s", slot], stack.card, pem);
  await store(draft); // by which OpenSC finds the key
  const [tbs, algorithm] = childrenOf(derOf(draft)).map(({ whole }) => whole);
  if (tbs === undefined || algorithm === undefined) {
    throw new Error("openssl made no certificate");
  }
  const bits = derElement(0x03, Buffer.of(0), await signedByRoot(stack, folder, tbs));
  const certificatePem = writePem("CERTIFICATE", derElement(0x30, tbs, algorithm, bits));
  await store(certificatePem);
  return certificatePem;
}

async function signedByRoot(stack: YubiKeyStack<StackProject>, folder: string, data: Buffer): Promise<Buffer> {
  const [input, output] = [join(folder, "digest"), join(folder, "signature")];
  writeFileSync(input, createHash("sha256").update(data).digest());
  const mechanism = ["--mechanism", "ECDSA", "--signature-format", "openssl", "--id", ID_9A];
  const args = ["--login", "--pin", PIN, "--sign", ...mechanism, "--input-file", input, "--output-file", output];
  const env = { ...process.env, ...stack.readers.environment };
  await promisify(execFile)(findTool("pkcs11-tool") ?? "pkcs11-tool", args, { env });
  return readFileSync(output);
}
