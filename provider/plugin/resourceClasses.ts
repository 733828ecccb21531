import { Pkcs11Certificate } from "../kms/pkcs11/program/pkcs11Certificate";
import { Pkcs11Key } from "../kms/pkcs11/program/pkcs11Key";
import { SoftKey } from "../kms/softkms/program/softKey";
import { PivCertificate } from "../kms/yubikey/program/pivCertificate";
import { PivKey } from "../kms/yubikey/program/pivKey";
import { YubiKey } from "../kms/yubikey/program/yubiKey";
import { AuthorityId } from "../resources/authorityId";
import { Certificate } from "../resources/certificate";
import { CertificateRequest } from "../resources/certificateRequest";
import { CertificateRevocationList } from "../resources/certificateRevocationList";
import { ExistingKey } from "../resources/existingKey";
import { JwkProvisioner } from "../resources/jwkProvisioner";
import { declaredBy, type LifecycleResource } from "../resources/lifecycleResource";
import { RotationRun } from "../resources/rotationRun";
import type { Problem } from "../words/problem";
import { type Form, programArguments, wireProperties } from "./programValues";
import type { Properties } from "./wire";

/**
 * The classes that programs in TypeScript construct, by their names. They alone know what arguments mean. What such a program
 * declares was asked of them there, so the plugin loads them only for other programs.
 */
export const RESOURCE_CLASSES: Readonly<Record<string, new (name: string, args: never) => LifecycleResource>> = {
  AuthorityId,
  Certificate,
  CertificateRequest,
  CertificateRevocationList,
  ExistingKey,
  JwkProvisioner,
  Pkcs11Certificate,
  Pkcs11Key,
  PivCertificate,
  PivKey,
  RotationRun,
  SoftKey,
  YubiKey,
};

/** What a class says of arguments, as the engine would receive it. */
export interface Said {
  readonly problems: readonly Problem[];
  /** Empty if there are problems. */
  readonly inputs: Properties;
  /** The outputs that are secret whatever the arguments are. */
  readonly secretOutputs: readonly string[];
}

/** Asks the class of a type what it says of the arguments of a resource. */
export async function saidBy(
  type: string,
  name: string,
  args: Properties,
  forms: Readonly<Record<string, Form>>,
): Promise<Said> {
  const Class = RESOURCE_CLASSES[type];
  if (Class === undefined) {
    throw new Error(`there is no class ${type}`); // impossible: the types and the classes have the same names
  }
  const { problems, inputs, secretOutputs } = declaredBy(() => new Class(name, programArguments(args, forms) as never));
  return { problems, inputs: problems.length > 0 ? {} : await wireProperties(inputs()), secretOutputs };
}
