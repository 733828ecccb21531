import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, PkiError } from "../errors";
import { algorithmOf } from "../kms/algorithms";
import type { Context } from "../lifecycle/context";
import { publicKeyPem, readCertificate } from "../x509/certificate";
import type { Properties } from "./wire";

/** A key, as it is given to a resource that signs with it. */
export async function importedKey(
  uri: string,
  { backends }: Context,
): Promise<Properties & { readonly algorithm: string }> {
  const { publicKey } = await (await backends.keyManager(uri)).describeKey(uri);
  return { uri, algorithm: algorithmOf(publicKey), publicKeyPem: publicKeyPem(publicKey) };
}

/**
 * The arguments of a certificate that exists, from the id `FILE,KEY-URI`, or `FILE,KEY-URI,ISSUER-FILE,ISSUER-KEY-URI` for one that
 * another CA signed.
 *
 * @throws PkiError `INPUT_INVALID`, `FILE_UNUSABLE`, and what its keys' KMSs say
 */
export async function importedCertificate(id: string, context: Context): Promise<Properties> {
  const [file = "", keyUri, issuerFile, issuerKeyUri, ...others] = id.split(",");
  if (keyUri === undefined || others.length > 0 || (issuerFile !== undefined && issuerKeyUri === undefined)) {
    throw new PkiError(
      "INPUT_INVALID",
      `"${id.slice(0, 200)}" does not name a certificate and its key`,
      "Give FILE,KEY-URI for a root, or FILE,KEY-URI,ISSUER-FILE,ISSUER-KEY-URI",
    );
  }
  const certificatePem = await textOf(file, context);
  const key = await importedKey(keyUri, context);
  const { declaredSubject } = await import("../x509/declaredSubject.js");
  const said = { key, subject: declaredSubject(certificatePem), adopt: { certificatePem } };
  if (issuerFile === undefined || issuerKeyUri === undefined) {
    return said;
  }
  return {
    ...said,
    profile: readCertificate(certificatePem).ca ? "intermediate" : "leaf",
    issuer: { certificatePem: await textOf(issuerFile, context), key: await importedKey(issuerKeyUri, context) },
  };
}

async function textOf(file: string, { secrets }: Context): Promise<string> {
  try {
    return await readFile(resolve(secrets.rootDirectory, file), "utf8");
  } catch (cause) {
    throw new PkiError(
      "FILE_UNUSABLE",
      `${file} cannot be read: ${messageOf(cause)}`,
      "Name a file with the certificate",
      {
        cause,
      },
    );
  }
}
