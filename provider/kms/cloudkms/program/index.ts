/**
 * Keys in Google Cloud KMS. Pass `CloudKmsKeys` to a `CertificateAuthority` as its key source. It needs the packages
 * `@pulumi/gcp` and `@google-cloud/kms`.
 *
 * @module pulumi-kms-pki/cloudkms
 */
export { CloudKmsKeys } from "./cloudKmsKeys";
export type { CloudKmsKeysArgs, ExistingCloudKeys, ProtectionLevel } from "./cloudKmsKeysArgs";
