import type { CustomResourceOptions, ID, Input, Output } from "../pulumi";
import { argumentNames, checkArgumentNames } from "../words/argumentNames";
import { givenArgs, withDefault } from "./knownInputs";
import { LifecycleResource } from "./lifecycleResource";

/** The settings of an {@link AuthorityId}. */
export interface AuthorityIdArgs {
  /**
   * Allows keys of the authority to bear the mark of 0.1.0, which names no authority. Default false. The value only
   * matters when the id is made.
   */
  formerMarks?: Input<boolean | undefined>;
}

const ARGUMENTS = argumentNames<AuthorityIdArgs>({ formerMarks: true });

/**
 * A random id, made once and recorded before any key that bears it is made. Two checkouts of one project can share project,
 * stack and names, but never the id. A {@link CertificateAuthority} has its own id. Declare one only for keys without
 * an authority.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 *
 * const { authorityId } = new pki.AuthorityId("pki-id", {}, { protect: true });
 * const key = new pki.SoftKey("root", { directory: "/srv/keys", authorityId });
 * export const publicKey = key.publicKeyPem;
 * ```
 */
export class AuthorityId extends LifecycleResource {
  /** 32 lowercase hexadecimal digits. */
  declare readonly authorityId: Output<string>;

  /**
   * Gets the id of an authority of another program, for keys that are declared here.
   *
   * @param id 32 lowercase hexadecimal digits
   */
  static get(name: string, id: Input<ID>, state: AuthorityIdArgs = {}, opts?: CustomResourceOptions): AuthorityId {
    return new AuthorityId(name, state, { ...opts, id });
  }

  /** @throws PkiError `INPUT_INVALID` */
  constructor(name: string, args: AuthorityIdArgs = {}, opts?: CustomResourceOptions) {
    const given = givenArgs(args);
    super(
      "authorityId",
      "AuthorityId",
      name,
      { formerMarks: withDefault(given.formerMarks, false), authorityId: undefined },
      () => checkArgumentNames(given, ARGUMENTS),
      opts,
    );
  }
}
