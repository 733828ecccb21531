import { SOURCE_HELP } from "./sourceHelp";

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
