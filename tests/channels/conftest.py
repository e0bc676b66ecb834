"""What the channels' tests share."""

from collections.abc import AsyncIterator

import pytest_asyncio

from storage.unit_of_work import Store
from tests.conftest import TestClock
from tests.slack_world import SlackWorld, running


@pytest_asyncio.fixture
async def slack(sqlite_store: Store, clock: TestClock) -> AsyncIterator[SlackWorld]:
    async with running(sqlite_store, clock) as world:
        yield world


@pytest_asyncio.fixture
async def slack_on_both(store: Store, clock: TestClock) -> AsyncIterator[SlackWorld]:
    async with running(store, clock) as world:
        yield world
