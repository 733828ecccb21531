import type { CloudKmsState } from "./cloudKmsState";
import type { RequestMessage, ResponseMessage } from "./messages";

/** The implementation of a method. */
export type Method = (kms: CloudKmsState, request: RequestMessage) => ResponseMessage | Promise<ResponseMessage>;

/** The supported methods. All others of the API are `UNIMPLEMENTED`. */
export const METHODS: Readonly<Record<string, Method>> = {
  ListKeyRings: (kms, request) => kms.listKeyRings(request),
  CreateKeyRing: (kms, request) => kms.createKeyRing(request),
  GetKeyRing: (kms, request) => kms.getKeyRing(request),
  ListCryptoKeys: (kms, request) => kms.listCryptoKeys(request),
  CreateCryptoKey: (kms, request) => kms.createCryptoKey(request),
  GetCryptoKey: (kms, request) => kms.getCryptoKey(request),
  UpdateCryptoKey: (kms, request) => kms.updateCryptoKey(request),
  ListCryptoKeyVersions: (kms, request) => kms.listCryptoKeyVersions(request),
  CreateCryptoKeyVersion: (kms, request) => kms.createCryptoKeyVersion(request),
  GetCryptoKeyVersion: (kms, request) => kms.getCryptoKeyVersion(request),
  UpdateCryptoKeyVersion: (kms, request) => kms.updateCryptoKeyVersion(request),
  DestroyCryptoKeyVersion: (kms, request) => kms.destroyCryptoKeyVersion(request),
  RestoreCryptoKeyVersion: (kms, request) => kms.restoreCryptoKeyVersion(request),
  GetPublicKey: (kms, request) => kms.getPublicKey(request),
  AsymmetricSign: (kms, request) => kms.asymmetricSign(request),
  GetIamPolicy: (kms, request) => kms.getIamPolicy(request),
  SetIamPolicy: (kms, request) => kms.setIamPolicy(request),
  TestIamPermissions: (kms, request) => kms.testIamPermissions(request),
};
