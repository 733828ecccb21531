import { createHash, createPrivateKey, type KeyObject, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { runTool } from "../tools";

/** The module that holds all keys of the tests. Its two chains meet in the keys of the card and of the partition. */
export interface HsmModule {
  readonly partitionKey: KeyObject;
  readonly certChains: Readonly<Record<string, readonly string[]>>;
}

const MAKER = "/C=US/ST=California/L=San Jose/O=Test Maker, Inc./OU=LiquidSecurity/CN=localca.example";
const GOOGLE = "/C=US/ST=CA/L=Mountain View/O=Test Google/CN=Test Root v1 prod";
const CARD = "/C=US+ST=CA+O=Test Maker+OU=N3FIPS+L=SanJose/CN=HSM:5.2G0000-ICM000000, for FIPS mode";
const PARTITION = "/C=US+ST=CA+O=Test Maker+OU=N3FIPS+L=SanJose/CN=HSM:5.2G0000-ICM000000:PARTN:1, for FIPS mode";

let made: HsmModule | undefined;

/** The module. openssl takes a moment to make it. */
export function hsmModule(): HsmModule {
  return (made ??= makeModule());
}

/**
 * A hardware module's statement about a key version, signed as a module does: compressed attributes with an RSA signature, which
 * verifies with the partition's key, and the certificate chains of the manufacturer and of Google for that key.
 */
export function hsmAttestation(name: string, publicKey: KeyObject): Readonly<Record<string, unknown>> {
  const { partitionKey, certChains } = hsmModule();
  const spki = publicKey.export({ type: "spki", format: "der" });
  const attributes = Buffer.concat([
    attribute(0x0102, Buffer.from(sha256(Buffer.from(name)).toString("hex"))),
    attribute(0x0103, Buffer.of(1)), // SENSITIVE
    attribute(0x0162, Buffer.of(0)), // EXTRACTABLE
    attribute(0x0163, Buffer.of(1)), // LOCAL
    attribute(0x0164, Buffer.of(1)), // NEVER_EXTRACTABLE
    attribute(0x0173, createHash("sha1").update(spki).digest().subarray(0, 3)),
    attribute(0x1003, sha256(spki)),
  ]);
  const signature = sign("sha256", attributes, partitionKey);
  return {
    format: "CAVIUM_V2_COMPRESSED",
    content: gzipSync(Buffer.concat([attributes, signature])),
    certChains,
  };
}

/** PKCS#11's number of an attribute, its length and its value. */
function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(type);
  head.writeUInt32BE(value.length, 4);
  return Buffer.concat([head, value]);
}

function sha256(data: Uint8Array): Buffer {
  return createHash("sha256").update(data).digest();
}

/** The manufacturer's certificates are version 1 or without extensions, and Google's root signs the partition directly. */
function makeModule(): HsmModule {
  const folder = temporaryDirectory();
  const path = (file: string): string => join(folder, file);
  const newKey = (key: string): string[] => ["req", "-newkey", "rsa:2048", "-nodes", "-keyout", path(`${key}.key`)];
  const request = (key: string, subject: string): void => {
    runTool("openssl", [...newKey(key), "-multivalue-rdn", "-subj", subject, "-out", path(`${key}.csr`)]);
  };
  const issue = (key: string, issuer: string, extensions?: string): string => {
    writeFileSync(path("extensions"), extensions ?? "");
    const signer =
      issuer === key
        ? ["-signkey", path(`${key}.key`)]
        : ["-CA", path(`${issuer}.crt`), "-CAkey", path(`${issuer}.key`), "-CAcreateserial"];
    const more = extensions === undefined ? [] : ["-extfile", path("extensions")];
    const pem = runTool("openssl", ["x509", "-req", "-in", path(`${key}.csr`), "-days", "3650", ...signer, ...more]);
    writeFileSync(path(`${key}.crt`), pem);
    return pem;
  };
  request("maker", MAKER);
  request("google", GOOGLE);
  request("card", CARD);
  request("partition", PARTITION);
  const maker = issue("maker", "maker");
  const card = issue("card", "maker");
  const partition = issue("partition", "card");
  const google = issue(
    "google",
    "google",
    "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n",
  );
  const leaf = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n";
  return {
    partitionKey: createPrivateKey(readFileSync(path("partition.key"))),
    certChains: {
      caviumCerts: [maker, card, partition],
      googleCardCerts: [google, issue("card", "google", leaf)],
      googlePartitionCerts: [google, issue("partition", "google", leaf)],
    },
  };
}
