export { AwsKmsKeys, type AwsKmsKeysArgs } from "./components/awsKmsKeys";
