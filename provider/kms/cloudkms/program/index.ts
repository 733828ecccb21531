export { CloudKmsKeys } from "./cloudKmsKeys";
export type { CloudKmsKeysArgs, ExistingCloudKeys, ProtectionLevel } from "./cloudKmsKeysArgs";
