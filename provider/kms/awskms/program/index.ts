/**
 * Keys in AWS KMS. Pass `AwsKmsKeys` to a `CertificateAuthority` as its key source. It needs the packages `@pulumi/aws` and
 * `@aws-sdk/client-kms`.
 *
 * @module pulumi-kms-pki/awskms
 */
export { AwsKmsKeys } from "./awsKmsKeys";
export type { AwsKmsKeysArgs } from "./awsKmsKeysArgs";
