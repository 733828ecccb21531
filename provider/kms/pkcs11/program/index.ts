export type { Pkcs11KeysArgs } from "./pkcs11KeysArgs";
export { Pkcs11Keys } from "./pkcs11Keys";
export { Pkcs11Certificate, type Pkcs11CertificateArgs } from "./pkcs11Certificate";
export { Pkcs11Key, type Pkcs11KeyArgs } from "./pkcs11Key";
