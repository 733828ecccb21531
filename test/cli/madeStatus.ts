import type { AuthorityStatus } from "../../provider/cli/certificateStatus";

/** A status in order, of an authority without a rotation, made for 2026-06-01. */
export const IN_ORDER: AuthorityStatus = {
  certificates: [
    {
      ...{ name: "root", subject: "CN=Example Root", keyUri: "softkms:path=keys/root.pem", serialNumber: "01" },
      ...{ notBefore: "2026-01-01T00:00:00.000Z", notAfter: "2036-01-01T00:00:00.000Z", daysLeft: 3501 },
      status: "valid",
    },
    {
      ...{
        name: "intermediate",
        subject: 'CN="A\\B',
        keyUri: "softkms:path=keys/intermediate.pem",
        serialNumber: "02",
      },
      ...{ notBefore: "2026-01-01T00:00:00.000Z", notAfter: "2027-01-01T00:00:00.000Z", daysLeft: 214 },
      ...{ renewalTime: "2026-12-01T00:00:00.000Z", readyForRenewal: false, status: "valid" },
    },
  ],
  sshKeys: [{ name: "ssh-user", keyUri: "softkms:path=keys/ssh-user.pem", fingerprint: "SHA256:x" }],
  status: "valid",
};

const [ROOT, INTERMEDIATE] = IN_ORDER.certificates;

/** A status with something of everything that can need attention. */
export const OUT_OF_ORDER: AuthorityStatus = {
  certificates: [
    ...(ROOT === undefined ? [] : [{ ...ROOT, generation: 1, state: "active" as const }]),
    ...(INTERMEDIATE === undefined
      ? []
      : [
          { ...INTERMEDIATE, generation: 2, state: "active" as const, status: "expiring" as const },
          {
            ...INTERMEDIATE,
            generation: 1,
            state: "retiring" as const,
            status: "broken" as const,
            problem: "no root signed it",
          },
          { ...INTERMEDIATE, name: "cross" as const, generation: 1, issuerGeneration: 0, status: "expired" as const },
          { ...INTERMEDIATE, name: "subordinate" as const, status: "notYetValid" as const },
        ]),
  ],
  sshKeys: [{ name: "ssh-host", generation: 3, state: "published", keyUri: "softkms:path=x", fingerprint: "SHA256:y" }],
  requests: [
    {
      ...{ name: "intermediate-g3", state: "published", keyUri: "softkms:path=z", isAnsweredByProgram: false },
      ...{ signedAt: "2026-05-01T00:00:00.000Z", waitsFor: "answer", since: "2026-05-01T00:00:00.000Z" },
      until: "2026-06-03T00:00:00.000Z",
    },
    {
      ...{ name: "intermediate-g2", state: "active", keyUri: "softkms:path=z", isAnsweredByProgram: false },
      signedAt: "2026-05-01T00:00:00.000Z",
    },
  ],
  revocationLists: (["active", "compromised"] as const).map((state) => ({
    ...{ name: state === "active" ? "root-g1" : "root", state, url: "http://pki.example.com/root.crl", number: 7 },
    ...{ thisUpdate: "2026-05-01T00:00:00.000Z", nextUpdate: "2026-06-01T12:00:00.000Z", daysLeft: 0 },
    ...{ renewalTime: "2026-05-31T00:00:00.000Z", readyForRenewal: state === "active", revoked: 2 },
    ...{ revokedCertificates: [], status: "valid" },
  })),
  compromise: {
    ...{ generations: ["root"], steps: ["Replace the root."] },
    certificates: [
      { name: "root", serialNumber: "09", revoked: false },
      { name: "intermediate", serialNumber: "0a", revoked: true },
    ],
  },
  rotation: {
    ...{ lastRun: "2026-05-20T00:00:00Z", nextChange: "2026-05-25T00:00:00Z", releasedKeys: [] },
    gaps: [
      {
        ...{ label: "root-g2", state: "published", from: "2026-05-25T00:00:00Z", to: "2026-06-01T00:00:00Z" },
        description: "nobody has root-g2 yet",
      },
    ],
  },
  status: "broken",
};
