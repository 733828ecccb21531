import { createHash, createPublicKey } from "node:crypto";
import { openssl } from "../fixtures/openssl";

/** SHA-1 over the whole public key, as the init tools compute a key identifier. */
export function wholeKeyIdentifier(keyPem: string): string {
  const publicKey = createPublicKey(openssl(["pkey", "-pubout"], keyPem));
  return createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
}

/** The configuration of openssl for a CA as the init tools make it, with its name in PrintableString as Go writes it. */
export function initToolConfig(
  commonName: string,
  keyPem: string,
  extensions = "basicConstraints=critical,CA:TRUE,pathlen:1",
): string {
  return [
    ...["[req]", "distinguished_name=dn", "x509_extensions=ext", "prompt=no", "string_mask=pkix"],
    ...["[dn]", `CN=${commonName}`, "[ext]", extensions],
    ...["keyUsage=critical,keyCertSign,cRLSign", `subjectKeyIdentifier=${wholeKeyIdentifier(keyPem)}`],
    "authorityKeyIdentifier=keyid:always",
    "",
  ].join("\n");
}
