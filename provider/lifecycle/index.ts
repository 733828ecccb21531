/**
 * What the engine runs: this package's `./lifecycle` export. Each name is a function because the SDK's dynamic
 * provider process calls the `handler` export of a resource's `__provider` and caches what it returns.
 */
import { authorityIdLifecycle } from "./authorityId";
import { certificateLifecycle } from "./certificate";
import { jwkProvisionerLifecycle } from "./jwkProvisioner";
import { dynamicProvider, type DynamicProvider } from "./provider";
import { publicKeyLifecycle } from "./publicKey";
import { rotationRunLifecycle } from "./rotationRun";
import { softKeyLifecycle } from "./softKey";
import { yubiKeyLifecycle } from "./yubiKey";
import { yubiKeyCertificateLifecycle } from "./yubiKeyCertificate";
import { yubiKeyKeyLifecycle } from "./yubiKeyKey";

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
