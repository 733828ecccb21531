import type { Input } from "../pulumi";
import type { ExternalIssuer } from "../resources/certificateArgs";
import type { SigningKeyInput } from "../resources/signingKey";
import type { JsonObject } from "../stepca/jsonObject";

/**
 * The outputs that only the plugin has, because a program in another language cannot give a resource as an argument of another
 * one. The schema has their doc comments.
 */
export interface PluginOutputs {
  /** The key, as the argument `key` of a resource that signs with it. */
  readonly signingKey: SigningKeyInput;
  /** The certificate and its key, as the argument `issuer` of what it signs. Undefined if `key` was not given. */
  readonly asIssuer?: ExternalIssuer;
}

/** The arguments of a certificate that a program in another language gives in another form. */
export interface PluginCertificateArgs {
  /**
   * Whether a CA signs it whose key this program does not have, and which has signed it already (`answerPem`). It is `issuer:
   * "external"` in TypeScript, and takes the place of `issuer`. Default false.
   */
  readonly external?: boolean;
}

/** The same for an authority. */
export interface PluginAuthorityOutputs {
  /** All other outputs by name, so that one output of the stack has them for `kms-pki`. */
  readonly outputs: JsonObject;
  /** The root, as the argument `issuer` of what it signs. */
  readonly rootAsIssuer: ExternalIssuer;
  /** The intermediate, as the argument `issuer` of what it signs. */
  readonly intermediateAsIssuer: ExternalIssuer;
}

/** Where the keys of an authority come from: exactly one key management service, with its settings. */
// eslint-disable-next-line @typescript-eslint/consistent-indexed-object-style -- the schema gives it a property for each KMS
export interface PluginKeySource {
  readonly [scheme: string]: object | undefined;
}

/** Where the keys of an authority come from: one key management service for all, or one for each. */
export interface PluginKeys extends PluginKeySource {
  /** The source of the root's key. Not needed with an existing root. */
  readonly root?: PluginKeySource;
  /** The source of the intermediate's key. step-ca uses this key, so this source also gives the `kms` block of ca.json. */
  readonly intermediate?: PluginKeySource;
  /** The source of the SSH keys. Default: the intermediate's, with which it shares step-ca's `kms` block. */
  readonly ssh?: PluginKeySource;
}

/** The arguments of an authority that a program in another language gives in another form. */
export interface PluginAuthorityArgs {
  /** Where the keys come from: one key management service for all, or one for each. */
  readonly keys: PluginKeys;
  /** The authority's name, which gives the common names `<name> Root` and `<name> Intermediate`. Default `Smallstep`. */
  readonly authorityName?: Input<string | undefined>;
}
