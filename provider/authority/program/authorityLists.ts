import { all, type ComponentResource, type Input, output, type Output, type Unwrap } from "../../pulumi";
import { withCompromised } from "../../inputs/compromisedCertificates";
import type { NamedCertificate } from "../../inputs/revokedCertificate";
import { listTimes } from "../listSchedule";
import { CertificateRevocationList } from "../../resources/certificateRevocationList";
import type { RevokedCertificateArgs } from "../../resources/certificateRevocationListArgs";
import { derived } from "../../resources/knownInputs";
import type { KeyState } from "../../rotation/generation";
import type { PlannedList } from "../plannedList";
import type { DeclaredAuthority } from "./declaredAuthority";
import { listUrl } from "./listUrl";
import type { AuthoritySettings } from "./authoritySettings";
import type { AuthorityListArgs, AuthorityRevokedArgs } from "./revocationArgs";

/** The revocation list of a CA of an authority. */
export interface AuthorityRevocationList {
  /** The CA: `root`, `intermediate`, or in a rotation `root-g1`. */
  readonly name: string;
  /** The state of the CA; `active` without a rotation. */
  readonly state: KeyState;
  /** Where readers fetch it. */
  readonly url: string;
  /** The name of its file, in DER, below the URL and in an export. */
  readonly file: string;
  /** PEM. */
  readonly pem: string;
  /** The content of the file: DER in base64. */
  readonly der: string;
  readonly number: number;
  /** RFC 3339, like the others: when it was issued. */
  readonly thisUpdate: string;
  /** Until when readers use it. */
  readonly nextUpdate: string;
  /** From when `up` issues the next. */
  readonly renewalTime: string;
}

type RevokedInput = Input<Input<RevokedCertificateArgs>[]>;

/** A revocation list of an authority, to publish it. */
export interface DeclaredList {
  /** The CA: `root`, `intermediate`, or in a rotation `root-g1`. */
  readonly name: string;
  /** The name of its file below the URL. */
  readonly file: string;
  readonly list: CertificateRevocationList;
}

type ListTimes = Readonly<Record<"validity" | "renewBefore", Input<string>>>;

/** The revocation lists of an authority as resources. */
export class AuthorityLists {
  readonly #lists: readonly (readonly [PlannedList, CertificateRevocationList])[];
  readonly #crl: AuthorityListArgs;

  /**
   * Declares them, with the withdrawn certificates of each CA.
   */
  constructor(
    resource: ComponentResource,
    { crl, revoked = [] }: Pick<AuthoritySettings, "revoked"> & { readonly crl: AuthorityListArgs },
    lists: readonly PlannedList[],
    declared: DeclaredAuthority,
  ) {
    this.#crl = crl;
    this.#lists = lists.map((list) => [
      list,
      new CertificateRevocationList(
        list.resource,
        {
          issuer: declared.made(list.issuer),
          revoked: allRevoked(list, declared, revokedBy(list, revoked)),
          ...timesOf(crl, list),
          // A root names no list, so OpenSSL would find none that covers the root itself.
          url: list.onlyContainsCACerts ? undefined : listUrl(crl, list),
          onlyContainsCACerts: list.onlyContainsCACerts,
          ...(list.state === "compromised" ? { withdrawn: true } : {}),
        },
        { parent: resource, protect: list.protect },
      ),
    ]);
  }

  /** The lists as resources. */
  get declared(): DeclaredList[] {
    return this.#lists.map(([{ name, file }, list]) => ({ name, file, list }));
  }

  /** The lists as outputs, except those of compromised CAs, which nobody should read. */
  get outputs(): Output<AuthorityRevocationList[]> {
    const read = this.#lists.filter(([{ state }]) => state !== "compromised");
    return all(
      read.map(([{ name, state, file }, list]) => {
        const { crlPem: pem, crlDer: der, crlNumber: number, thisUpdate, nextUpdate, renewalTime } = list;
        const url = listUrl(this.#crl, { file });
        return output({ name, state, url, file, pem, der, number, thisUpdate, nextUpdate, renewalTime });
      }),
    );
  }
}

/** The revoked certificates of a CA. */
function revokedBy({ name }: PlannedList, revoked: readonly AuthorityRevokedArgs[]): Input<RevokedCertificateArgs>[] {
  return revoked.filter(({ issuer }) => issuer === name).map(({ issuer: _, ...entry }) => entry);
}

/** The revoked certificates of a CA, with those of compromised keys. One that was never issued is none. */
function allRevoked({ compromised }: PlannedList, declared: DeclaredAuthority, revoked: RevokedInput): RevokedInput {
  if (compromised.length === 0) {
    return revoked;
  }
  return all([all(compromised.map((each) => declared.pem(each))), output(revoked)]).apply(
    ([pems, others]) =>
      withCompromised(
        others as readonly NamedCertificate[],
        pems.filter((pem) => pem !== ""),
      ) as RevokedCertificateArgs[],
  );
}

function timesOf({ every, renewBefore, root }: AuthorityListArgs, { part }: PlannedList): ListTimes {
  const schedule = { shared: { every, renewBefore }, own: part === "root" ? root : undefined };
  const times = (known: Unwrap<typeof schedule>): ReturnType<typeof listTimes> => listTimes(known.own ?? known.shared);
  return {
    validity: derived(schedule, (known) => times(known).validity),
    renewBefore: derived(schedule, (known) => times(known).renewBefore),
  };
}
