/**
 * Certificate authorities for step-ca as Pulumi resources, with keys in encrypted files or any key management service.
 * `CertificateAuthority` declares a whole authority. `Certificate` and the key resources declare its parts one by one.
 *
 * @module pulumi-kms-pki
 */
import "./compileCache";
export { CertificateAuthority } from "./authority/program/certificateAuthority";
export type { AuthorityRevocationList, DeclaredList } from "./authority/program/authorityLists";
export type { AuthorityListArgs, AuthorityRevokedArgs, ListScheduleArgs } from "./authority/program/revocationArgs";
export type {
  AuthorityCertificateArgs,
  AuthorityIntermediateArgs,
  CertificateAuthorityArgs,
  ExternalAnswers,
  KeySources,
} from "./authority/program/authorityArgs";
export type { DatabaseArgs } from "./authority/program/databaseArgs";
export type { AuthorityRequest } from "./authority/program/authorityRequests";
export type { CertificateGeneration, CrossCertificate, RootGeneration } from "./authority/program/authorityGenerations";
export type { Compromise, WithdrawnCertificate } from "./authority/program/authorityCompromise";
export type { SshKeyGeneration } from "./authority/program/authoritySshKeys";
export type { KeyName, KeyRole } from "./authority/keyNames";
export type { KeyGeneration, PlannedKey } from "./authority/plannedKey";
export type { Attestations } from "./keySources/attestations";
export type { KeyOwner, RecordedOwner } from "./keySources/authorityOwner";
export type { FindRecorded, KeyDeclaration, KeysAtOnce, KeySource } from "./keySources/keySource";
export { SoftKeys, type SoftKeysArgs } from "./kms/softkms/program/softKeys";
export { type ErrorCode, PkiError } from "./errors";
export type { RequestProfile } from "./inputs/certificateRequest";
export type { SubjectAlternativeNames } from "./inputs/subjectAlternativeNames";
export type { Attestation } from "./kms/keyManager";
export { type Algorithm, ALGORITHM_NAMES, DEFAULT_ALGORITHM } from "./kms/algorithms";
export { AuthorityId, type AuthorityIdArgs } from "./resources/authorityId";
export { Certificate } from "./resources/certificate";
export type { CertificateArgs, DeclaredCertificate, DeclaredIssuer, ExternalIssuer } from "./resources/certificateArgs";
export type { CertificateState } from "./resources/certificateState";
export type { AdoptedCertificateArgs } from "./resources/adoptedCertificateArgs";
export type { CertificateContentArgs } from "./resources/certificateContentArgs";
export type { CertificateExtensionArgs } from "./resources/certificateExtensionArgs";
export { CertificateRequest } from "./resources/certificateRequest";
export type { CertificateRequestArgs } from "./resources/certificateRequestArgs";
export { CertificateRevocationList } from "./resources/certificateRevocationList";
export type { CertificateRevocationListArgs, RevokedCertificateArgs } from "./resources/certificateRevocationListArgs";
export { JwkProvisioner, type JwkProvisionerArgs } from "./resources/jwkProvisioner";
export type { DistinguishedNameArgs } from "./resources/distinguishedNameArgs";
export { LifecycleResource } from "./resources/lifecycleResource";
export { StoredCertificate, type StoredCertificateArgs } from "./resources/storedCertificate";
export { ExistingKey, type ExistingKeyArgs } from "./resources/existingKey";
export * from "./resources/formerNames";
export type { SigningKey, SigningKeyInput } from "./resources/signingKey";
export { SoftKey, type SoftKeyArgs } from "./kms/softkms/program/softKey";
export type { KeyStatus } from "./lifecycle/existingKey";
export type { ExistingIntermediateArgs, ExistingRootArgs, RotationArgs } from "./rotation/rotation";
export type { GenerationState, KeyState } from "./rotation/generation";
export type { RotationSchedule } from "./rotation/schedule";
export type { RecordedOutputs } from "./keySources/recordedResources";
export type { JsonObject } from "./stepca/jsonObject";
export type { KmsBlock } from "./stepca/config";
export type { DistinguishedName, OtherAttribute, StringType } from "./x509/distinguishedName";
export type { CertificatePolicy, PolicyConstraints } from "./x509/certificatePolicy";
export type { CustomExtension, OtherName, TlsFeature } from "./x509/customExtension";
export type { NameConstraints, NameTrees } from "./x509/nameConstraints";
export type { InputParts } from "./resources/inputParts";
export type { Problem } from "./words/problem";
export type { LintProfile } from "./x509/lint/rule";
export type { KeyUsage, ProfileName } from "./x509/profiles";
export type { RevocationReason } from "./x509/revocationReasons";
