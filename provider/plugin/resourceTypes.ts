import { yubiKeyKmsUri } from "../kms/yubikey/yubiKeyUri";
import { importedPkcs11Certificate, importedPkcs11Key } from "../kms/pkcs11/lifecycle/importedPkcs11Key";
import { pkcs11CertificateLifecycle } from "../kms/pkcs11/lifecycle/pkcs11Certificate";
import { pkcs11KeyLifecycle } from "../kms/pkcs11/lifecycle/pkcs11Key";
import { softKeyLifecycle } from "../kms/softkms/lifecycle/softKey";
import { importedPivCertificate, importedPivKey, importedYubiKey } from "../kms/yubikey/lifecycle/importedPivKey";
import { pivCertificateLifecycle } from "../kms/yubikey/lifecycle/pivCertificate";
import { pivKeyLifecycle } from "../kms/yubikey/lifecycle/pivKey";
import { yubiKeyLifecycle } from "../kms/yubikey/lifecycle/yubiKey";
import { authorityIdLifecycle } from "../lifecycle/authorityId";
import { certificateLifecycle } from "../lifecycle/certificate";
import { certificateRequestLifecycle } from "../lifecycle/certificateRequest";
import { certificateRevocationListLifecycle } from "../lifecycle/certificateRevocationList";
import { existingKeyLifecycle } from "../lifecycle/existingKey";
import { jwkProvisionerLifecycle } from "../lifecycle/jwkProvisioner";
import { rotationRunLifecycle } from "../lifecycle/rotationRun";
import { readPublicKey } from "../x509/certificate";
import { derBase64 } from "../x509/pem";
import { subjectKeyIdentifier } from "../x509/subjectKeyIdentifier";
import { importedAuthorityId } from "./importedAuthorityId";
import { importedCertificate } from "./importedCertificate";
import { importedList } from "./importedList";
import { importedProvisioner } from "./importedProvisioner";
import { importedRequest } from "./importedRequest";
import { declaredAs, importedKey } from "./importing";
import { CERTIFICATE_FOLLOWS, keptOfCertificate, takenByCertificate } from "./issuedCertificate";
import { LIST_FOLLOWS } from "./issuedList";
import type { Form } from "./programValues";
import type { Facts, PluginResourceType } from "./resourceType";
import { changed } from "./wire";

/** How a key is given to a resource that signs with it. */
export const KEY_FORM: Form = {
  uri: "value",
  algorithm: "value",
  publicKeyPem: "value",
  kms: "value",
  givenUri: "value",
};

/** How a certificate that exists is given to the resource that it becomes. */
export const ADOPTED_FORM: Form = { certificatePem: "value", reissue: "value" };

/** How a CA is given to what it signs. */
const ISSUER: Form = {
  key: KEY_FORM,
  certificatePem: "value",
  chainPem: "value",
  declared: { subject: "value", keyUsages: "value", nameConstraints: "value", withdrawn: "value" },
};

/** Every key can be given to a resource that signs with it. */
const signingKey = ({ record: { uri, algorithm, publicKeyPem, kms } }: Facts): unknown => ({
  ...{ uri, algorithm, publicKeyPem },
  ...(kms === undefined ? {} : { kms }),
});

/** Every type of resource, by the name of its class in `RESOURCE_CLASSES`. */
export const RESOURCE_TYPES: Readonly<Record<string, PluginResourceType>> = {
  AuthorityId: { lifecycle: authorityIdLifecycle, imports: importedAuthorityId },
  Certificate: {
    lifecycle: certificateLifecycle,
    forms: { key: KEY_FORM, issuer: ISSUER, adopt: ADOPTED_FORM },
    takes: takenByCertificate,
    keeps: keptOfCertificate,
    follows: CERTIFICATE_FOLLOWS,
    imports: importedCertificate,
  },
  CertificateRequest: {
    lifecycle: certificateRequestLifecycle,
    forms: { key: KEY_FORM },
    echoes: ["publicKeyPem"],
    follows: {
      csrDer: ({ record }) => changed(record["csrPem"], (pem) => derBase64(String(pem))),
      subjectKeyIdentifier: ({ record }) =>
        changed(record["publicKeyPem"], (pem) => subjectKeyIdentifier(readPublicKey(String(pem)))),
    },
    imports: importedRequest,
  },
  CertificateRevocationList: {
    lifecycle: certificateRevocationListLifecycle,
    forms: { issuer: ISSUER },
    follows: LIST_FOLLOWS,
    imports: importedList,
  },
  ExistingKey: {
    lifecycle: existingKeyLifecycle,
    imports: (uri) => ({ args: { uri } }),
    follows: {
      // The program's name of the key tells a preview that the key stays.
      signingKey: (facts) => ({ ...(signingKey(facts) as object), givenUri: facts.inputs["uri"] }),
    },
  },
  JwkProvisioner: {
    lifecycle: jwkProvisionerLifecycle,
    echoes: ["provisioner"],
    imports: importedProvisioner,
  },
  Pkcs11Certificate: {
    lifecycle: pkcs11CertificateLifecycle,
    forms: { key: KEY_FORM },
    imports: declaredAs(importedPkcs11Certificate),
  },
  Pkcs11Key: {
    lifecycle: pkcs11KeyLifecycle,
    imports: declaredAs(importedPkcs11Key),
    isKey: true,
    echoes: ["kms", "algorithm"],
    follows: { signingKey },
  },
  PivCertificate: {
    lifecycle: pivCertificateLifecycle,
    forms: { key: KEY_FORM },
    imports: declaredAs(importedPivCertificate),
  },
  PivKey: {
    lifecycle: pivKeyLifecycle,
    imports: declaredAs(importedPivKey),
    isKey: true,
    echoes: ["kms", "algorithm"],
    follows: { signingKey },
  },
  RotationRun: { lifecycle: rotationRunLifecycle, isInternal: true },
  SoftKey: {
    lifecycle: softKeyLifecycle,
    imports: async (uri, context) => ({
      args: { adopt: uri, algorithm: (await importedKey(uri, context)).algorithm },
    }),
    isKey: true,
    echoes: ["uri", "algorithm"],
    follows: { signingKey },
  },
  YubiKey: {
    lifecycle: yubiKeyLifecycle,
    imports: declaredAs(importedYubiKey),
    echoes: ["serial"],
    follows: {
      kms: ({ record: { serial } }) =>
        changed(serial ?? 0, (number) => yubiKeyKmsUri({ serial: number === 0 ? undefined : Number(number) })),
    },
  },
};
