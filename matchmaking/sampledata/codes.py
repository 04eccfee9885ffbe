"""Valid unified social credit codes for fictional organisations."""

import random

from stdnum.cn import uscc

# Registering authority and kind of entity by the kind of organisation (GB 32100-2015): public institution 12 unless
# said otherwise, enterprise 91, organ 11, social organisation 51, private non-enterprise unit 52.
_HEADS = {
    "enterprise": "91", "bank": "91", "fund": "91", "broker": "91", "tto": "91",
    "dept_miit": "11", "dept_edu": "11", "dept_sti": "11", "dept_ip": "11", "dept_park": "11",
    "local_gov": "11", "national": "11",
    "alliance": "51", "operator": "51", "new_rd_institute": "52",
}  # fmt: skip
_NO_DISTRICT = "99"  # no district of any city has this number, so the code belongs to nobody
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def generate_uscc(rng: random.Random, region: str, kind: str) -> str:
    """A code with valid check characters for an organisation that does not exist.

    `region` is a GB/T 2260 code of two or four digits, `kind` an OrganisationKind value. The organisation code in it
    carries its own check character (GB 11714-1997).
    """
    number = "".join(rng.choice("0123456789") for _ in range(8))
    body = f"{_HEADS.get(kind, '12')}{region[:4].ljust(4, '0')}{_NO_DISTRICT}{number}{_organisation_check(number)}"
    return body + uscc.calc_check_digit(body)


def _organisation_check(number: str) -> str:
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))
