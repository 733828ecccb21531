/** The output of `kms-pki --help`. */
export const HELP = `kms-pki: the files of a certificate authority that a Pulumi stack declares

Usage:
  kms-pki <command> [options]

Commands:
  export     write the certificates, the SSH CA's public keys and ca.json for step-ca
  status     show when the certificates end, and whether they verify
  plan       show when keys and certificates change, from their schedule alone
  recover    repair a stack after a run of pulumi was killed
  help       show this text, or the help of a command: kms-pki help export

Options:
  -h, --help   show this text, or after a command its own
  --version    show the version

Private keys stay where they are. No command reads one.

Exit codes:
  0    done; for status: all is well
  64   unknown command or option; others differ by command, see its help

Examples:
  kms-pki export --dir ca
  kms-pki status --warn 60d`;

const SOURCE_HELP = `  --cwd DIR        folder of the Pulumi project, or one below it (default: the
                   current one). The other paths stay relative to the current folder
  --stack NAME     the stack (default: the selected one)
  --authority NAME
                   the output that is the authority, such as ca in a program with
                   export const ca = new CertificateAuthority(...). Needed only when a
                   stack has several
  --outputs FILE   read the outputs from FILE, - for standard input, instead of
                   asking pulumi: the result of
                   pulumi stack output --json --show-secrets, or that of one output`;

/** The output of `kms-pki export --help`. */
export const EXPORT_HELP = `kms-pki export: write a stack's certificates, SSH public keys and ca.json to files

Usage:
  kms-pki export [--dir DIR] [--prefix PATH] [--merge FILE] [--force]
                 [--cwd DIR] [--stack NAME] [--authority NAME] [--outputs FILE]

Writes root_ca.crt, intermediate_ca.crt, with SSH keys ssh_user_ca_key.pub and
ssh_host_ca_key.pub, and last ca.json. Of each key with an attestation by its hardware
(Cloud KMS with the protection level HSM, YubiKey) that is <key>_attestation.dat, such as
root_attestation.dat or ssh_user_key_attestation.dat. Of Cloud KMS the certificates to
verify it by are beside it: <key>_attestation_manufacturer_chain.pem, _google_card_chain.pem
and _google_partition_chain.pem. Paths in ca.json are made absolute, and a softkms key URI
becomes the path of its PEM file. Everything is checked before the first file is written;
each file is written whole, with mode 0600; one that has the content already is not
touched. step-ca reads the result after a start or a SIGHUP.

While roots or intermediates are rotated, ca.json names root_ca-<8 hex digits>.crt, one for
each root, the active one first, and intermediate_ca-<8 hex digits>.crt: the intermediate
and the cross certificate that rides along. What such a file holds never changes, so an
older ca.json stays usable until it is replaced, and can be put back. root_ca.crt (the
active root) and intermediate_ca.crt are written after ca.json then. Hand all that ca.json
names to the host before ca.json itself. While SSH keys are rotated there are also
ssh_trusted_user_ca_keys (for TrustedUserCAKeys) and ssh_known_hosts, with every key.

Options:
  --dir DIR        folder of the files, made with mode 0700 (default: ca)
  --prefix PATH    make ca.json for another host, where all files lie in the folder PATH:
                   root, crt and db are under it, and a softkms key is PATH/<file name>.
                   Copy the key files there yourself (default: the paths of this host)
  --merge FILE     change an existing ca.json instead of writing a new one: sets root,
                   crt, key, kms, ssh.hostKey and ssh.userKey, and leaves every other
                   byte as it is. What the stack does not set in kms stays if the type is
                   the same, such as a pin; what it sets is left in no second place, in
                   the uri or beside it. In a list of roots, and in ssh.keys,
                   what was added by hand stays; what an export wrote and the stack has
                   retired is dropped: root_ca*.crt in the same folder, and keys whose
                   kid begins with kms-pki: (default: ca.json in DIR is replaced whole)
  --force          replace the certificates of another CA (default: refuse)
${SOURCE_HELP}
  -h, --help       show this text

Exit codes:
  0    the files are there
  1    something was wrong; the message says what. Unless it is FILE_UNUSABLE, which can
       come between two files, nothing was written
  64   unknown option

Examples:
  kms-pki export --dir /etc/step-ca --merge /etc/step-ca/ca.json
  kms-pki export --stack prod --dir ca --prefix /etc/step-ca`;

/** The output of `kms-pki status --help`. */
export const STATUS_HELP = `kms-pki status: show when a stack's certificates end, and whether they verify

Usage:
  kms-pki status [--json] [--warn DURATION] [--check]
                 [--cwd DIR] [--stack NAME] [--authority NAME] [--outputs FILE]

The root must be signed by its own key, the intermediate by the root, and must not end after
it. A certificate is valid, expiring, notYetValid, expired or broken. RENEWAL is the day from
which pulumi up issues it anew, or "due" when that has come. In a rotation, every generation
is listed with its state: published, active or retiring.

Options:
  --json           print one JSON object instead of a table
  --warn DURATION  how long before its end a certificate counts as expiring, in days,
                   hours, minutes and seconds such as 30d or 72h (default: 30d)
  --check          also ask the key management services for keys of this stack that its
                   state does not know: left by a run that was cut off, made twice, or
                   given up and never deleted. Those of all authorities of the stack are
                   listed. Needs the credentials of pulumi up and, for a YubiKey, the
                   device; no PIN. Without it no service is asked
${SOURCE_HELP}
  -h, --help       show this text

JSON (fields may be added in later versions):
  {
    "certificates": [{
      "name": "root" | "intermediate" | "cross", "subject": "CN=...", "keyUri": "awskms:...",
      "serialNumber": "<hex>", "notBefore": "<ISO 8601>", "notAfter": "<ISO 8601>",
      "daysLeft": 3650, "status": "valid" | "expiring" | "notYetValid" | "expired" | "broken",
      "problem": "<only if broken>",
      "renewalTime": "<ISO 8601, if the stack says so>", "readyForRenewal": false,
      "generation": 0, "state": "published" | "active" | "retiring",   <both in a rotation>
      "issuerGeneration": 1                                            <of a cross certificate>
    }],
    "sshKeys": [{ "name": "ssh-user" | "ssh-host", "keyUri": "...", "fingerprint": "SHA256:...",
                  "generation": 0, "state": "..." }],
    "rotation": { "lastRun": "<RFC 3339>", "nextChange": "<RFC 3339>",
                  "gaps": [{ "label": "root-g1", "state": "published", "from": "<RFC 3339>",
                             "to": "<RFC 3339>", "description": "..." }],
                  "releasedKeys": ["softkms:path=..."] },   <if the stack says so>
    "status": "<the worst of the certificates>",
    "asked": ["AWS KMS in us-east-1"],                                 <both with --check>
    "unknownKeys": [{ "keyUri": "...", "state": "Enabled", "madeFor": "ca-root-key",
                      "discard": "aws kms ...", "adopt": "pulumi config set ..." }]
  }
  The first root and the first intermediate are those in use.

Exit codes:
  0    all certificates are valid
  1    one is expiring, an up now comes so late that there is a gap in trust, or --check
       found a key that the state does not know
  2    one is expired, not yet valid or broken
  3    the outputs cannot be read, or with --check a service does not answer
  64   unknown option

Examples:
  kms-pki status --check
  pulumi stack output --json --show-secrets | kms-pki status --outputs - --json --warn 90d`;

/** The output of `kms-pki recover --help`. */
export const RECOVER_HELP = `kms-pki recover: repair a stack after a run of pulumi was killed

Usage:
  kms-pki recover [--cwd DIR] [--stack NAME]

A killed run leaves its lock, and operations of which nobody knows whether they happened.
With a state in a folder of this machine (file://), and only if each lock was made on this
machine by a process that is proven to be gone, this runs pulumi cancel, and pulumi refresh
with --clear-pending-creates; the next pulumi up then finds the keys that were made. Nothing
happens when nothing was killed. Run it before pulumi up, in the same environment.

Options:
  --cwd DIR        folder of the Pulumi project, or one below it (default: the current one)
  --stack NAME     the stack (default: the selected one)
  -h, --help       show this text

Exit codes:
  0    the stack is ready for pulumi up; or its state is elsewhere, and nothing was touched
  1    the stack is locked by a process that may be at work, or pulumi failed
  64   unknown option

Examples:
  kms-pki recover && pulumi up
  kms-pki recover --stack prod --cwd infrastructure`;
