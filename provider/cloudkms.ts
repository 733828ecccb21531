export { CloudKmsKeys } from "./components/cloudKmsKeys";
export type { CloudKmsKeysArgs, ExistingCloudKeys, ProtectionLevel } from "./components/cloudKmsKeysArgs";
