import assert from "node:assert/strict";
import { certificateRevocationListLifecycle } from "../../provider/lifecycle/certificateRevocationList";
import type { CertificateRecord } from "../../provider/lifecycle/certificateRecord";
import type { Difference, Lifecycle } from "../../provider/lifecycle/provider";
import type { RevocationListInputs, RevocationListRecord } from "../../provider/lifecycle/revocationListRecord";
import { openssl } from "../fixtures/openssl";
import { Authority } from "./authority";

/** A project with a root and its revocation list. */
export class ListProject extends Authority {
  readonly lists: Lifecycle<RevocationListInputs, RevocationListRecord> = certificateRevocationListLifecycle({
    ...this.process(),
    backends: this.backends,
  });

  listInputs(root: CertificateRecord, changes: Partial<RevocationListInputs> = {}): RevocationListInputs {
    const { publicKeyPem: _, ...signingKey } = this.rootKey;
    const issuer = { certificatePem: root.certificatePem, subject: { commonName: "Example Root" } };
    return { signingKey, issuer, validity: "30d", renewBefore: "10d", ...changes };
  }

  /** The inputs as the engine gets them from the check, which must find nothing wrong. */
  async checkedList(news: RevocationListInputs): Promise<RevocationListInputs> {
    const { inputs, problems } = await this.lists.check({}, news);
    assert.deepEqual(problems, []);
    return inputs;
  }

  async createList(news: RevocationListInputs): Promise<RevocationListRecord> {
    return (await this.lists.create(await this.checkedList(news))).state;
  }

  async updateList(state: RevocationListRecord, news: RevocationListInputs): Promise<RevocationListRecord> {
    return this.lists.update(state, await this.checkedList(news));
  }

  /** The difference. Finding it must need no signature. */
  async listDiff(state: RevocationListRecord, news: RevocationListInputs): Promise<Difference> {
    const { signatures } = this.backends;
    const difference = await this.lists.diff(state, await this.checkedList(news));
    assert.equal(this.backends.signatures, signatures);
    return difference;
  }
}

/** The serial numbers on a list as openssl reads them, in lowercase hex without leading zeros, each with its reason. */
export function listed({ crlPem }: Pick<RevocationListRecord, "crlPem">): Record<string, string> {
  const text = openssl(["crl", "-noout", "-text"], crlPem);
  const entries = text.split("Serial Number: ").slice(1);
  return Object.fromEntries(
    entries.map((entry) => {
      const [, serial = ""] = /^([0-9A-F]+)/.exec(entry) ?? [];
      return [serial.toLowerCase().replace(/^0+(?=.)/, ""), /Reason Code:\s+(.+)/.exec(entry)?.[1] ?? "Unspecified"];
    }),
  );
}
