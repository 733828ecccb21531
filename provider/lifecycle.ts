/**
 * The lifecycles that the engine runs. Each export is a function, because the SDK's dynamic provider process calls the
 * `handler` export of a resource's `__provider` and caches the result. Programs do not import this module.
 *
 * @module pulumi-kms-pki/lifecycle
 */
import "./compileCache";
import { authorityIdLifecycle } from "./lifecycle/authorityId";
import { certificateLifecycle } from "./lifecycle/certificate";
import { certificateRequestLifecycle } from "./lifecycle/certificateRequest";
import { certificateRevocationListLifecycle } from "./lifecycle/certificateRevocationList";
import { jwkProvisionerLifecycle } from "./lifecycle/jwkProvisioner";
import { dynamicProvider, type DynamicProvider } from "./lifecycle/provider";
import { existingKeyLifecycle } from "./lifecycle/existingKey";
import { rotationRunLifecycle } from "./lifecycle/rotationRun";
import { pkcs11CertificateLifecycle } from "./kms/pkcs11/lifecycle/pkcs11Certificate";
import { pkcs11KeyLifecycle } from "./kms/pkcs11/lifecycle/pkcs11Key";
import { softKeyLifecycle } from "./kms/softkms/lifecycle/softKey";
import { yubiKeyLifecycle } from "./kms/yubikey/lifecycle/yubiKey";
import { pivCertificateLifecycle } from "./kms/yubikey/lifecycle/pivCertificate";
import { pivKeyLifecycle } from "./kms/yubikey/lifecycle/pivKey";

/** Serves `AuthorityId`. */
export const authorityId = (): DynamicProvider => dynamicProvider(authorityIdLifecycle);
/** Serves `SoftKey`. */
export const softKey = (): DynamicProvider => dynamicProvider(softKeyLifecycle);
/** Serves `ExistingKey`. */
export const existingKey = (): DynamicProvider => dynamicProvider(existingKeyLifecycle);
/** Serves `Certificate`. */
export const certificate = (): DynamicProvider => dynamicProvider(certificateLifecycle);
/** Serves `CertificateRequest`. */
export const certificateRequest = (): DynamicProvider => dynamicProvider(certificateRequestLifecycle);
/** Serves `CertificateRevocationList`. */
export const certificateRevocationList = (): DynamicProvider => dynamicProvider(certificateRevocationListLifecycle);
/** Serves `JwkProvisioner`. */
export const jwkProvisioner = (): DynamicProvider => dynamicProvider(jwkProvisionerLifecycle);
/** Serves `RotationRun`. */
export const rotationRun = (): DynamicProvider => dynamicProvider(rotationRunLifecycle);
/** Serves `YubiKey`. */
export const yubiKey = (): DynamicProvider => dynamicProvider(yubiKeyLifecycle);
/** Serves `PivKey`. */
export const pivKey = (): DynamicProvider => dynamicProvider(pivKeyLifecycle);
/** Serves `PivCertificate`. */
export const pivCertificate = (): DynamicProvider => dynamicProvider(pivCertificateLifecycle);
/** Serves `Pkcs11Key`. */
export const pkcs11Key = (): DynamicProvider => dynamicProvider(pkcs11KeyLifecycle);
/** Serves `Pkcs11Certificate`. */
export const pkcs11Certificate = (): DynamicProvider => dynamicProvider(pkcs11CertificateLifecycle);

/** Serves what 0.1.0 recorded as `PublicKey`, until an `up` records it as `ExistingKey`. */
export const publicKey = existingKey;
/** Serves what 0.1.0 recorded as `YubiKeyKey`. */
export const yubiKeyKey = pivKey;
/** Serves what 0.1.0 recorded as `YubiKeyCertificate`. */
export const yubiKeyCertificate = pivCertificate;
