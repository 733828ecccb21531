import { issueRevocationList, type RevocationListOrder } from "../../provider/x509/revocationList";
import { readIssuer } from "../../provider/x509/issuer";
import { writePem } from "../../provider/x509/pem";
import { issueRoot } from "./issuing";
import { KeySigner } from "./keySigner";

/** When the lists of these tests begin and end. */
const THIS_UPDATE = new Date("2026-03-05T00:00:00Z");
const NEXT_UPDATE = new Date("2026-04-04T00:00:00Z");

/** Issues a list of a root, and returns it as PEM. What the test does not give has defaults. */
export async function issueList(
  wish: Partial<Omit<RevocationListOrder, "issuer">> & { readonly issuerPem?: string } = {},
): Promise<string> {
  const { issuerPem, signer = new KeySigner(), ...given } = wish;
  const der = await issueRevocationList({
    ...{ number: 1, thisUpdate: THIS_UPDATE, nextUpdate: NEXT_UPDATE, entries: [], onlyContainsCACerts: false },
    ...{ issuer: readIssuer(issuerPem ?? (await issueRoot({ signer }))), signer },
    ...given,
  });
  return writePem("X509 CRL", der);
}

/** The serial numbers from 1 to a number of them, as entries. */
export function entries(count: number): RevocationListOrder["entries"] {
  return Array.from({ length: count }, (_, at) => ({
    serialNumber: (at + 1).toString(16),
    reason: "superseded" as const,
    revokedAt: new Date("2026-03-04T00:00:00Z"),
  }));
}
