export { AwsKmsKeys } from "./awsKmsKeys";
export type { AwsKmsKeysArgs } from "./awsKmsKeysArgs";
