/**
 * What the engine runs: this package's `./lifecycle` export. Each name is a function because the SDK's dynamic
 * provider process calls the `handler` export of a resource's `__provider` and caches what it returns.
 */
import { authorityIdLifecycle } from "./lifecycle/authorityId";
import { certificateLifecycle } from "./lifecycle/certificate";
import { jwkProvisionerLifecycle } from "./lifecycle/jwkProvisioner";
import { dynamicProvider, type DynamicProvider } from "./lifecycle/provider";
import { publicKeyLifecycle } from "./lifecycle/publicKey";
import { rotationRunLifecycle } from "./lifecycle/rotationRun";
import { softKeyLifecycle } from "./kms/softkms/lifecycle/softKey";
import { yubiKeyLifecycle } from "./kms/yubikey/lifecycle/yubiKey";
import { yubiKeyCertificateLifecycle } from "./kms/yubikey/lifecycle/yubiKeyCertificate";
import { yubiKeyKeyLifecycle } from "./kms/yubikey/lifecycle/yubiKeyKey";

/** Serves `AuthorityId`. */
export const authorityId = (): DynamicProvider => dynamicProvider(authorityIdLifecycle);
/** Serves `SoftKey`. */
export const softKey = (): DynamicProvider => dynamicProvider(softKeyLifecycle);
/** Serves `PublicKey`. */
export const publicKey = (): DynamicProvider => dynamicProvider(publicKeyLifecycle);
/** Serves `Certificate`. */
export const certificate = (): DynamicProvider => dynamicProvider(certificateLifecycle);
/** Serves `JwkProvisioner`. */
export const jwkProvisioner = (): DynamicProvider => dynamicProvider(jwkProvisionerLifecycle);
/** Serves `RotationRun`. */
export const rotationRun = (): DynamicProvider => dynamicProvider(rotationRunLifecycle);
/** Serves `YubiKey`. */
export const yubiKey = (): DynamicProvider => dynamicProvider(yubiKeyLifecycle);
/** Serves `YubiKeyKey`. */
export const yubiKeyKey = (): DynamicProvider => dynamicProvider(yubiKeyKeyLifecycle);
/** Serves `YubiKeyCertificate`. */
export const yubiKeyCertificate = (): DynamicProvider => dynamicProvider(yubiKeyCertificateLifecycle);
