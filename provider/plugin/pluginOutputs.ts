import type { ExternalIssuer } from "../resources/certificateArgs";
import type { SigningKeyInput } from "../resources/signingKey";

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
