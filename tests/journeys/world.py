"""The world of the journeys: people of every part, a pool of sample achievements, needs, one match to answer.

`python -m tests.journeys.world` makes it in the database of the environment, whose tables are there, and prints what
the journeys must know.
"""

import json
import os
import sys
from typing import Any

PASSWORD = "a-long-try-2026"  # of the one person who signs in by keyboard
FITTING = ("ach-0102-01", "need-0102-01")  # a planted pair: its achievement comes by upload, its need by the form
RETURNED = "ach-0402-01"  # handed in before the journeys begin; the officer sends it back
HELD_BACK = {"ach-0102-01", RETURNED}
POOL = 30
TO_ANSWER = ("ach-0401-02", "need-0401-02")  # released before the journeys begin


def achievement_row(record: dict[str, Any]) -> dict[str, Any]:
    """A written sample achievement as its bulk row; key and hints are no columns."""
    row = {name: value for name, value in record.items() if name not in ("key", "unit_kind", "unit_hint")}
    row["indicators"] = [{"text": "", **one} for one in record["indicators"]]
    row["ip_items"] = [
        {"kind": one["kind"], "number": one["no"], "title": one["title"], "status": one["status"]}
        for one in record["ip_items"]
    ]
    return row


def need_row(record: dict[str, Any]) -> dict[str, Any]:
    from tests.factories.needs import need_data

    row = {name: value for name, value in record.items() if name not in ("key", "size", "unit_hint")}
    row["indicators"] = [{"text": "", **one} for one in record["indicators"]]
    return need_data(**{**row, "visibility": "public", "budget_fen": None})


def make() -> dict[str, Any]:
    from django.core.management import call_command

    from matchmaking.sampledata.texts import written

    call_command("load_vocabularies", verbosity=0)
    call_command("load_programmes", verbosity=0)
    people = _people()
    offers = {record["key"]: record for record in written("achievements")}
    wants = {record["key"]: record for record in written("needs")}
    _pools(people, offers, wants)
    return {
        "names": {role: person.get_full_name() for role, person in people.items()},
        "offer": offers[FITTING[0]],
        "need": wants[FITTING[1]],
        "to_return": offers[RETURNED]["title"],
        "to_answer": wants[TO_ANSWER[1]]["title"],
    }


def _people() -> dict[str, Any]:
    """One person a role, in one province; their user names put them on the sign-in page."""
    from allauth.account.models import EmailAddress

    from matchmaking.accounts.enums import OrganisationKind as Kind
    from matchmaking.accounts.enums import Role
    from tests.factories.accounts import OrganisationFactory, member

    def house(name: str, kind: str, **more: Any) -> Any:
        return OrganisationFactory(name=name, kind=kind, is_sample=True, **more)

    university = house("（示例）澄陵理工大学", Kind.UNIVERSITY)
    other = house("（示例）岚川工业大学", Kind.UNIVERSITY)
    park = house("（示例）霁江高新技术产业开发区", Kind.PARK_HITECH)
    contacts = [{"name": "常一诺", "position": "总工程师", "phone": "19000000012", "email": "chang@demo.invalid"}]
    enterprise = house("（示例）霁江衡器有限公司", Kind.ENTERPRISE, park=park, contacts=contacts)
    cast = {
        "university_officer": (university, Role.UNIVERSITY_OFFICER, "卫书瑶"),
        "researcher": (university, Role.RESEARCHER, "韩思远"),
        "other_university": (other, Role.UNIVERSITY_OFFICER, "严子衡"),
        "enterprise": (enterprise, Role.ENTERPRISE_OWNER, "孔振宇"),
        "park": (park, Role.PARK_ADMIN, "尤文博"),
        "miit": (house("（示例）江苏工业和信息化厅", Kind.DEPT_MIIT), Role.REGIONAL_OFFICER, "孙泽宇"),
        "edu": (house("（示例）江苏教育厅", Kind.DEPT_EDU), Role.REGIONAL_OFFICER, "吕静仪"),
        "national": (house("（示例）产学研主管部门", Kind.NATIONAL, region=None), Role.NATIONAL_OFFICER, "王慧敏"),
        "secretary": (house("（示例）平台秘书处", Kind.OPERATOR, region=None), Role.SECRETARY, "秦子衡"),
    }
    people = {
        name: member(place, role, username=f"demo.{name}", full_name=full_name, is_sample=True)
        for name, (place, role, full_name) in cast.items()
    }
    lead = people["enterprise"]
    lead.set_password(PASSWORD)
    lead.save()
    EmailAddress.objects.create(user=lead, email=lead.email, primary=True, verified=True)
    return people


def _pools(people: dict[str, Any], offers: dict[str, Any], wants: dict[str, Any]) -> None:
    from catalog.services import bulk_create_achievements
    from matchmaking.matching.models import Match
    from matchmaking.matching.services.review import release_match
    from needs.models import TechNeed
    from tests.factories.matching import MatchFactory
    from tests.factories.needs import make_need
    from tests.factories.programmes import programme

    def place(person: Any) -> Any:
        return person.active_memberships[0].organisation

    def pooled(
        owner: str, records: list[dict[str, Any]], author: str, *, state: str = "accepted", **more: Any
    ) -> dict[str, Any]:
        made = bulk_create_achievements(
            by=people[owner],
            owner=place(people[owner]),
            programme=programme(),
            state=state,
            rows=[
                achievement_row(one)
                | {
                    "created_by": people[author],
                    "completing_units": [place(people[owner])],
                    "completers": [{"name": people[author].get_full_name(), "user": people[author]}],
                    "contact": {"name": "转化办公室", "phone": "19000000099", "email": "office@demo.invalid"},
                    **more,
                }
                for one in records
            ],
        )
        return {one["key"]: record for one, record in zip(records, made, strict=True)}

    others = [one for key, one in offers.items() if key not in HELD_BACK | {TO_ANSWER[0]}]
    pooled("other_university", others[:: len(others) // POOL][:POOL], "other_university")
    mine = pooled("university_officer", [offers[TO_ANSWER[0]]], "researcher")
    declared = {"secrecy_declared": True, "unit_opinion": "同意推荐。", "trl_evidence": "第三方检测报告"}
    pooled("university_officer", [offers[RETURNED]], "researcher", state="submitted", **declared)
    lead = people["enterprise"]
    need = make_need(place(lead), lead, **need_row(wants[TO_ANSWER[1]]))
    match = MatchFactory(need=need, achievement=mine[TO_ANSWER[0]])
    release_match(by=people["miit"], match=match)
    make_need(place(lead), lead, state="submitted", **need_row(wants["need-0401-03"]))
    make_need(place(lead), lead, state="checked", **need_row(wants["need-0401-04"]))
    assert TechNeed.objects.count() == 3
    assert Match.objects.count() == 1


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "matchmaking.settings.test")
    import django

    django.setup()
    json.dump(make(), sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")
