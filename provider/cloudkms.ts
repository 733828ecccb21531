export {
  CloudKmsKeys,
  type CloudKmsKeysArgs,
  type ExistingCloudKeys,
  type ProtectionLevel,
} from "./components/cloudKmsKeys";
