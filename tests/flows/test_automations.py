"""The automations as they are asked for; that they work is told by `test_service`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.automations import AutomationCore
from prefect.exceptions import ObjectNotFound

from flows import automations
from flows.automations import make_automations
from storage.errors import LooseleafError


class _Server:
    """Keeps automations; its deployments have fixed ids."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.deployment = UUID(int=5)
        self.empty = False

    def __enter__(self) -> _Server:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read_deployment_by_name(self, name: str) -> SimpleNamespace:
        if self.empty:
            raise ObjectNotFound(RuntimeError())
        return SimpleNamespace(id=self.deployment, name=name)

    def read_automations_by_name(self, name: str) -> list[Any]:
        return [self.kept[name]] if name in self.kept else []

    def create_automation(self, wanted: AutomationCore) -> UUID:
        self.kept[wanted.name] = SimpleNamespace(**dict(wanted), id=uuid4())
        return UUID(str(self.kept[wanted.name].id))

    def update_automation(self, identity: UUID, wanted: AutomationCore) -> None:
        assert self.kept[wanted.name].id == identity
        self.kept[wanted.name] = SimpleNamespace(**dict(wanted), id=identity)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> _Server:
    found = _Server()
    monkeypatch.setattr(automations, "get_client", lambda **_: found)
    return found


def test_they_are_made_once(server: _Server) -> None:
    assert make_automations() == list(server.kept)
    assert make_automations() == []


def test_what_was_switched_off_stays_off_when_they_change(server: _Server) -> None:
    first, *_ = make_automations()
    for kept in server.kept.values():
        kept.enabled = kept.name != first
    server.deployment = UUID(int=6)
    changed = make_automations()
    assert first not in changed, "it starts no deployment"
    assert changed == list(server.kept)[1:]
    assert [kept.enabled for kept in server.kept.values()] == [False, True, True, True]


def test_without_deployments_it_is_said_what_to_do(server: _Server) -> None:
    server.empty = True
    with pytest.raises(LooseleafError, match="offer the deployments first"):
        make_automations()
