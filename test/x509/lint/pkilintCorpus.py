"""Lints certificates with pkilint in one process, because loading it takes seconds.

Reads one JSON object a line: {"der": "<base64>", "kind": "PKIX" or a type of lint_cabf_serverauth_cert}.
Writes one JSON list a line: the codes of the findings at the levels error and fatal, or "unreadable".
"""

import base64
import json
import sys

from pkilint import finding_filter, loader
from pkilint.cabf import serverauth
from pkilint.cabf.serverauth import serverauth_constants
from pkilint.pkix import certificate, extension, name
from pkilint.validation import ValidationFindingSeverity


def pkix_linter():
    """What lint_pkix_cert does."""
    validator = certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )
    return lambda root: validator.validate(root)


def baseline_linter(kind):
    """What lint_cabf_serverauth_cert does for a type of certificate."""
    certificate_type = serverauth_constants.CertificateType.from_option_str(kind)
    validator = certificate.create_pkix_certificate_validator_container(
        serverauth.create_decoding_validators(), serverauth.create_validators(certificate_type)
    )
    filters = serverauth.create_serverauth_finding_filters(certificate_type)
    return lambda root: finding_filter.filter_results(filters, validator.validate(root))[0]


linters = {}
load = loader.RFC5280CertificateDocumentLoader()
for line in sys.stdin:
    request = json.loads(line)
    kind = request["kind"]
    if kind not in linters:
        linters[kind] = pkix_linter() if kind == "PKIX" else baseline_linter(kind)
    try:
        document = load.load_der_document(base64.b64decode(request["der"]), "certificate", "certificate")
    except Exception:
        print(json.dumps(["unreadable"]))
        continue
    codes = {
        description.finding.code
        for result in linters[kind](document.root)
        for description in result.finding_descriptions
        if description.finding.severity <= ValidationFindingSeverity.ERROR
    }
    print(json.dumps(sorted(codes)))
