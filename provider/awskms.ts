export { AwsKmsKeys } from "./components/awsKmsKeys";
export type { AwsKmsKeysArgs } from "./components/awsKmsKeysArgs";
