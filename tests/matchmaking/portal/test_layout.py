"""The frame of every page: what stands in the account menu and in the footer."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_who_signs_in_finds_the_api_and_his_unsaved_texts(login, researcher, client):
    links = [reverse("api-docs"), reverse("drafts:list"), reverse("accounts:token_list")]
    for page in (reverse("portal:home"), reverse("catalog:achievement_list")):
        text = login(researcher).get(page).content.decode()
        footer = text.partition('<footer class="site-footer">')[2]
        assert all(f'href="{link}"' in text for link in links)
        assert f'href="{links[0]}"' in footer
        assert f'href="{links[2]}"' in footer
        visitor = client.get(page).content.decode()
        assert not any(f'href="{link}"' in visitor for link in links)


def test_the_pages_of_tokens_and_of_the_api_lead_to_each_other(login, researcher):
    docs, tokens = reverse("api-docs"), reverse("accounts:token_list")
    main = [
        login(researcher).get(page).content.decode().partition("<main")[2].partition("</main>")[0]
        for page in (docs, tokens)
    ]
    assert f'href="{tokens}"' in main[0]
    assert f'href="{docs}"' in main[1]
