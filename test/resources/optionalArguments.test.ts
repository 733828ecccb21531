import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type * as pki from "../../provider";
import type { AwsKmsKeysArgs } from "../../provider/kms/awskms/program";
import type { CloudKmsKeysArgs } from "../../provider/kms/cloudkms/program";
import type { Pkcs11CertificateArgs, Pkcs11KeyArgs, Pkcs11KeysArgs } from "../../provider/kms/pkcs11/program";
import type { PivCertificateArgs, PivKeyArgs, PivKeysArgs, YubiKeyArgs } from "../../provider/kms/yubikey/program";

/** The arguments of every class that a program constructs. */
interface Arguments {
  AuthorityId: pki.AuthorityIdArgs;
  Certificate: pki.CertificateArgs;
  ExternalIssuer: pki.ExternalIssuer;
  CertificateAuthority: pki.CertificateAuthorityArgs;
  ExistingKey: pki.ExistingKeyArgs;
  JwkProvisioner: pki.JwkProvisionerArgs;
  KeySources: pki.KeySources;
  SigningKeyInput: pki.SigningKeyInput;
  SoftKey: pki.SoftKeyArgs;
  AwsKmsKeys: AwsKmsKeysArgs;
  CloudKmsKeys: CloudKmsKeysArgs;
  Pkcs11Certificate: Pkcs11CertificateArgs;
  Pkcs11Key: Pkcs11KeyArgs;
  Pkcs11Keys: Pkcs11KeysArgs;
  PivCertificate: PivCertificateArgs;
  PivKey: PivKeyArgs;
  PivKeys: PivKeysArgs;
  YubiKey: YubiKeyArgs;
  SoftKeys: pki.SoftKeysArgs;
  Subject: pki.DistinguishedNameArgs;
}

type OptionalNames<Args> = { [Name in keyof Args]-?: object extends Pick<Args, Name> ? Name : never }[keyof Args];

/** Arguments in which every optional one is undefined. */
type Undefined<Args> = Readonly<Record<OptionalNames<Args>, undefined>> & Omit<Args, OptionalNames<Args>>;

/** The compiler refuses this for arguments that do not accept undefined. */
const TAKES_UNDEFINED: {
  [Name in keyof Arguments]: Undefined<Arguments[Name]> extends Arguments[Name] ? true : never;
} = {
  AuthorityId: true,
  Certificate: true,
  ExternalIssuer: true,
  CertificateAuthority: true,
  ExistingKey: true,
  JwkProvisioner: true,
  KeySources: true,
  SigningKeyInput: true,
  SoftKey: true,
  AwsKmsKeys: true,
  CloudKmsKeys: true,
  Pkcs11Certificate: true,
  Pkcs11Key: true,
  Pkcs11Keys: true,
  PivCertificate: true,
  PivKey: true,
  PivKeys: true,
  YubiKey: true,
  SoftKeys: true,
  Subject: true,
};

void describe("An optional argument", () => {
  void it("may be undefined, also for the compiler", () => {
    assert.ok(Object.values(TAKES_UNDEFINED).every(Boolean));
  });
});
