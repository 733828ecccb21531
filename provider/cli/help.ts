import { SOURCE_HELP } from "./sourceHelp";

/** The output of `kms-pki --help`. */
export const HELP = `kms-pki: export, check and recover a certificate authority that a Pulumi stack declares

Usage:
  kms-pki <command> [options]

Commands:
  export     write the certificates, the SSH CA's public keys and ca.json for step-ca
  deploy     bring the stack up, and hand what changed over to the hosts of step-ca
  status     show when the certificates end, and whether they verify
  accept     take the certificate that an issuer elsewhere made for a request
  plan       show when keys and certificates will change, calculated from the schedules
  recover    repair a stack after a run of pulumi was killed
  lint       check certificates in files against RFC 5280 and other documents
  adopt      take over an authority that step-ca runs, with its keys and certificates
  help       show this text, or the help of a command: kms-pki help export

Options:
  -h, --help   show this text or, after a command, the help of that command
  --version    show the version

No command but adopt reads a private key, and that only from files, to learn the public key.

Exit codes:
  0    success; for status: all certificates are valid
  64   unknown command or option
The help of each command lists its other exit codes.

Examples:
  kms-pki export --dir ca
  kms-pki status --warn 60d`;

/** The output of `kms-pki export --help`. */
export const EXPORT_HELP = `kms-pki export: write a stack's certificates, SSH public keys and ca.json to files

Usage:
  kms-pki export [--dir DIR] [--prefix PATH] [--merge FILE] [--helm | --kustomize] [--force]
                 [--cwd DIR] [--stack NAME] [--authority NAME] [--outputs FILE]

Writes root_ca.crt, intermediate_ca.crt and, last, ca.json. If the authority has SSH keys, it
also writes ssh_user_ca_key.pub and ssh_host_ca_key.pub. Start step-ca with ca.json, or send
it SIGHUP to reload.

All checks come before the first file is written. Each file is replaced as a whole. A new file
has mode 0600, and a file that already has the right content is not touched. Paths in ca.json
become absolute, and a softkms key URI becomes the path of its PEM file.

Database: if several step-ca share a database, export reads its URL from the file or the
environment variable that the stack names, by default KMS_PKI_DATABASE_URL, and writes it into
ca.json. It is in no output of the stack.

Revocation lists: for each CA that has one, export writes root.crl, intermediate.crl,
root-g1.crl and so on, in DER, as readers fetch them from their URLs, and the same in PEM as
root.crl.pem. Publish the files after each export.

Requests: if an issuer elsewhere signs the intermediate, export writes intermediate.csr,
intermediate-g1.csr and so on, for the issuer. Until kms-pki accept has taken its first
answer, there is nothing else to write.

Attestations: for each key with a hardware attestation (a YubiKey, or Cloud KMS with the
protection level HSM), export writes <key>_attestation.dat, such as root_attestation.dat or
ssh_user_key_attestation.dat. For Cloud KMS, it also writes the certificates that verify the
attestation: <key>_attestation_manufacturer_chain.pem, _google_card_chain.pem and
_google_partition_chain.pem.

Rotation: while roots or intermediates rotate, ca.json names root_ca-<8 hex digits>.crt for
each root, the active one first, and intermediate_ca-<8 hex digits>.crt, which contains the
intermediate and its cross certificate. The content of such a file never changes, so an older
ca.json stays usable until you replace it, and you can restore it. root_ca.crt (the active
root) and intermediate_ca.crt are then written after ca.json. Copy all files that ca.json
names to step-ca's host before you copy ca.json. While SSH keys rotate, export also writes
ssh_trusted_user_ca_keys (for TrustedUserCAKeys) and ssh_known_hosts, with every key.

Options:
  --dir DIR        write the files to DIR, which is created with mode 0700 (default: ca)
  --prefix PATH    write a ca.json for another host, where all files are in the folder
                   PATH: root, crt and db are in it, and a softkms key is
                   PATH/<file name>. Copy the key files there yourself (default: use the
                   paths of this host)
  --merge FILE     change an existing ca.json instead of writing a new one. This sets
                   root, crt, key, kms, ssh.hostKey and ssh.userKey, the fields of crl
                   that the stack sets, and a database that several step-ca share. It
                   changes no other byte. If the type of kms stays the same, kms keeps
                   fields that the stack does not set, such as a pin. A value that the
                   stack sets is not left in a second place, such as the uri. Entries that
                   you added to the list of roots or to ssh.keys stay. Entries of an
                   earlier export that the stack has retired are removed: root_ca*.crt in
                   the same folder, and keys whose kid begins with "kms-pki:" (default:
                   replace the whole ca.json in DIR)
  --helm           write only DIR/values.yaml, for smallstep's chart step-certificates. It holds
                   certificates, ca.json and encrypted key files, and no secret in clear
  --kustomize      write ca.json with the paths of a container, copies of the encrypted key
                   files, and a kustomization.yaml that makes a ConfigMap and a Secret of the
                   files
  --force          replace the certificates or the Helm values of another CA (default: refuse)
${SOURCE_HELP}
  -h, --help       show this text

Exit codes:
  0    all files are up to date
  1    failure; the message explains it. Nothing was written, unless the code is
       FILE_UNUSABLE, which can occur between two files
  64   unknown option

Examples:
  kms-pki export --dir /etc/step-ca --merge /etc/step-ca/ca.json
  kms-pki export --stack prod --dir ca --prefix /etc/step-ca`;

/** The output of `kms-pki status --help`. */
export const STATUS_HELP = `kms-pki status: show when a stack's certificates end, and whether they verify

Usage:
  kms-pki status [--json | --prometheus] [--warn DURATION] [--check]
                 [--hosts [--targets FILE]]
                 [--cwd DIR] [--stack NAME] [--authority NAME] [--outputs FILE]

The status of a certificate is valid, expiring, notYetValid, expired, revoked or broken. It is
revoked if its issuer's revocation list, as the stack has it, names it. A root is broken if
its own key did not sign it. An intermediate is broken if the root did not sign it. RENEWAL is
the day from which pulumi up reissues the certificate, or "due" once that day has come. During
a rotation, every generation is listed with its state: published, active or retiring. Errors
and warnings of kms-pki lint are listed below the table, such as an intermediate that ends
after its root. They change neither the status nor the exit code.

If an issuer elsewhere signs the intermediates, a table lists the requests, and what each one
waits for: the first answer, or a new one because the certificate is due for renewal.

If the authority has revocation lists, they follow, each with its status (valid, notYetValid,
expired or broken), its end, the day from which pulumi up issues the next one, how many
certificates are on it, its number and its URL. A list is broken if no CA of the stack signed
it. A table of the certificates on the lists comes last: the 20 that were revoked most
recently. --json has all of them.

Options:
  --json           print one JSON object instead of a table
  --prometheus     print metrics in Prometheus' text format instead. The exit code is then 0
                   whatever they say
  --warn DURATION  how long before its end a certificate counts as expiring, in days,
                   hours, minutes and seconds, such as 30d or 72h (default: 30d)
  --check          also ask the key management services for keys of this stack that its
                   state does not know: keys left by an interrupted run, made twice, or
                   removed from the state but never deleted. This lists the keys of all
                   authorities in the stack. It needs the credentials that pulumi up needs
                   and, for a YubiKey, the device, but no PIN. A revocation list that is
                   due counts, too. The first line is then one for a monitor after Nagios:
                   KMS-PKI OK, WARNING, CRITICAL or UNKNOWN, and why (default: ask no
                   service)
  --hosts          also ask every host of step-ca in kms-pki:deploy what it serves: current (the
                   chain of the stack), different (another chain under the stack's roots),
                   broken (a chain that does not verify up to them) or unreachable. A host that
                   is not current counts, too. It needs openssl (default: ask no host)
  --targets FILE   read the hosts from a file, as kms-pki deploy does
${SOURCE_HELP}
  -h, --help       show this text

JSON (fields may be added in later versions):
  {
    "certificates": [{
      "name": "root" | "intermediate" | "cross", "subject": "CN=...", "keyUri": "awskms:...",
      "serialNumber": "<hex>", "notBefore": "<ISO 8601>", "notAfter": "<ISO 8601>",
      "daysLeft": 3650,
      "status": "valid" | "expiring" | "notYetValid" | "expired" | "revoked" | "broken",
      "problem": "<only if broken>",
      "revocation": { "reason": "keyCompromise", "revokedAt": "<ISO 8601>",
                      "invalidityDate": "<ISO 8601, if the list says so>" },   <if it is revoked>
      "findings": [<as in kms-pki lint --json, if there are errors or warnings>],
      "renewalTime": "<ISO 8601, if the stack says so>", "readyForRenewal": false,
      "generation": 0, "state": "published" | "active" | "retiring",   <only in a rotation>
      "issuerGeneration": 1                                  <only for a cross certificate>
    }],
    "sshKeys": [{ "name": "ssh-user" | "ssh-host", "keyUri": "...", "fingerprint": "SHA256:...",
                  "generation": 0, "state": "..." }],
    "revocationLists": [{                         <if the stack has any>
      "name": "root-g1", "state": "published" | "active" | "retiring" | "compromised", "url": "...",
      "number": 1772668800, "thisUpdate": "<ISO 8601>", "nextUpdate": "<ISO 8601>",
      "daysLeft": 30, "renewalTime": "<ISO 8601>", "readyForRenewal": false, "revoked": 1,
      "revokedCertificates": [{ "serialNumber": "<hex>", <and as in "revocation" above> }],
      "status": "valid" | "notYetValid" | "expired" | "broken", "problem": "<only if broken>"
    }],
    "compromise": { "generations": ["root-g1"], "steps": ["<what you do>"],   <if there is one>
                    "certificates": [{ "name": "root-g1", "serialNumber": "<hex>",
                                       "revoked": <whether a list names it> }] },
    "rotation": { "lastRun": "<RFC 3339>", "nextChange": "<RFC 3339>",
                  "gaps": [{ "label": "root-g1", "state": "published", "from": "<RFC 3339>",
                             "to": "<RFC 3339>", "description": "..." }],
                  "releasedKeys": ["softkms:path=..."] },   <if the stack says so>
    "requests": [{ "name": "intermediate", "state": "active", "keyUri": "...",   <if there are any>
                   "isAnsweredByProgram": false, "signedAt": "<ISO 8601>",
                   "waitsFor": "answer" | "renewal", "since": "<ISO 8601>",
                   "until": "<ISO 8601: by when it must come>" }],
    "status": "<the worst status of a certificate, or waiting if there is none yet>",
    "asked": ["AWS KMS in us-east-1"],            <this and unknownKeys only with --check>
    "unknownKeys": [{ "keyUri": "...", "state": "Enabled", "madeFor": "ca-root-key",
                      "discard": "aws kms ...", "adopt": "<how to adopt it>" }],
    "hosts": [{ "host": "...", "url": "https://...",         <only with --hosts>
                "status": "current" | "different" | "broken" | "unreachable",
                "issuer": "CN=...", "issuerNotAfter": "<ISO 8601, of the intermediate>",
                "notAfter": "<ISO 8601, of step-ca's own certificate>",
                "problem": "<only if broken>" }]
  }
  The first root and the first intermediate are the active ones.

Exit codes:
  0    all certificates are valid
  1    a certificate is expiring, a request waits for an issuer, the next up is so late that
       there is a gap in trust, or
       --check found a key that the state does not know or a revocation list that is due
  2    a certificate or a revocation list is expired, not yet valid or broken, or a certificate
       is revoked
  3    the outputs cannot be read, or a service does not answer --check. The codes are those of
       monitors after Nagios
  64   unknown option

Examples:
  kms-pki status --check
  pulumi stack output --json --show-secrets | kms-pki status --outputs - --json --warn 90d`;

/** The output of `kms-pki recover --help`. */
export const RECOVER_HELP = `kms-pki recover: repair a stack after a run of pulumi was killed

Usage:
  kms-pki recover [--cwd DIR] [--stack NAME]

A killed run leaves its lock, and operations that may or may not have happened. If a run was
killed, recover removes its lock, and then runs pulumi refresh with --clear-pending-creates.
The next pulumi up then finds the keys that the killed run made. If no run was killed,
recover does nothing.

Recover only acts if the state is in a folder on this machine (file://), and if each lock was
made on this machine by a process that no longer exists. Run it before pulumi up, in the same
environment.

Options:
  --cwd DIR        the folder of the Pulumi project, or a folder in it (default: the current
                   one)
  --stack NAME     the stack (default: the selected one)
  -h, --help       show this text

Exit codes:
  0    the stack is ready for pulumi up, or its state is elsewhere and nothing was touched
  1    a process that may still be running has locked the stack, or pulumi failed
  64   unknown option

Examples:
  kms-pki recover && pulumi up
  kms-pki recover --stack prod --cwd infrastructure`;
