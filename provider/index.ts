export { CertificateAuthority } from "./authority/program/certificateAuthority";
export type { AuthorityCertificateArgs, CertificateAuthorityArgs, KeySources } from "./authority/program/authorityArgs";
export type { CertificateGeneration, CrossCertificate, RootGeneration } from "./authority/program/authorityGenerations";
export type { SshKeyGeneration } from "./authority/program/authoritySshKeys";
export type { KeyName, KeyRole } from "./authority/keyNames";
export type { KeyGeneration } from "./authority/plannedKey";
export type { KeyDeclaration, KeysAtOnce, KeySource } from "./keySources/keySource";
export { SoftKeys, type SoftKeysArgs } from "./kms/softkms/program/softKeys";
export { type ErrorCode, PkiError } from "./errors";
export type { SubjectAlternativeNames } from "./inputs/subjectAlternativeNames";
export { type Algorithm, ALGORITHM_NAMES, DEFAULT_ALGORITHM } from "./kms/algorithms";
export { AuthorityId, type AuthorityIdArgs } from "./resources/authorityId";
export { Certificate } from "./resources/certificate";
export type {
  CertificateArgs,
  CertificateState,
  DeclaredCertificate,
  ExternalIssuer,
} from "./resources/certificateArgs";
export { JwkProvisioner, type JwkProvisionerArgs } from "./resources/jwkProvisioner";
export type { DistinguishedNameArgs } from "./resources/distinguishedNameArgs";
export { LifecycleResource } from "./resources/lifecycleResource";
export { ExistingKey, type ExistingKeyArgs } from "./resources/existingKey";
export * from "./resources/formerNames";
export type { SigningKey, SigningKeyInput } from "./resources/signingKey";
export { SoftKey, type SoftKeyArgs } from "./kms/softkms/program/softKey";
export type { RotationArgs } from "./rotation/rotation";
export type { RotationSchedule } from "./rotation/schedule";
export type { JsonObject } from "./stepca/jsonObject";
export type { KmsBlock } from "./stepca/config";
export type { DistinguishedName } from "./x509/distinguishedName";
export type { KeyUsage, ProfileName } from "./x509/profiles";
