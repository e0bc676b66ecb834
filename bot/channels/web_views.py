"""What the browser's pages show, read from the database: whom to be, a conversation, home, and what is new."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import select

from bot.channels import web_page as page
from bot.channels.web_html import Html, join
from bot.channels.web_posts import item, render_items
from bot.channels.web_render import render_home
from bot.channels.web_store import Profile, direct_id, post_seen, profiles, unread_counts, unread_directs, visible_posts
from bot.channels.web_viewer import CHANNELS, DIRECT, HOME, Suggested, Viewer
from bot.message import Attachment
from bot.outbox import message_of
from storage.models import OutboxItem
from storage.org import load_org, today
from storage.unit_of_work import Store, UnitOfWork


class WebViews:
    """`people` are the ones the page puts first."""

    def __init__(self, store: Store, token: str, people: Sequence[Suggested]) -> None:
        self._store = store
        self._token = token
        self.people = people

    def picker(self, search: str) -> str:
        with self._store.read() as uow:
            org = load_org(uow.session)
            cast = self._cast(uow)
            everybody = bool(search) or not cast
            found = profiles(uow.session, today(org, uow.now), search=search)[:60] if everybody else []
            return page.picker(org.name, self._token, cast, found, search, self._waiting(uow))

    def nobody(self, email: str) -> str:
        with self._store.read() as uow:
            return page.not_found(load_org(uow.session).name, self._token, f"Nobody here has the address {email}.")

    def page_of(self, person: Profile, place: str) -> str:
        with self._store.read() as uow:
            view = self._viewer(uow, person, place)
            if place == HOME:
                return page.home_page(view, _home(uow, person))
            return page.conversation_page(view, join([item(*entry) for entry in self._items(uow, view)]))

    def state_of(self, email: str, place: str) -> dict[str, Any] | None:
        """What a page that stands open compares itself with; None when nobody employed has the address."""
        with self._store.read() as uow:
            person = person_by(uow, email)
            if person is None:
                return None
            view = self._viewer(uow, person, place)
            state: dict[str, Any] = {"unread": view.unread, "waiting": view.waiting}
            if place == HOME:
                state["home"] = _home(uow, person)
            else:
                state["items"] = [
                    {"id": identifier, "rev": revision, "content": content, "html": item(identifier, revision, content)}
                    for identifier, revision, content in self._items(uow, view)
                ]
            return state

    def file_of(self, email: str, place: str, message_id: int, number: int) -> Attachment | None:
        """A file of a post that this person sees there; None for all else, and when the news is no longer true."""
        with self._store.read() as uow:
            person = person_by(uow, email)
            row = post_seen(uow, message_id, conversation_id(place, email), email)
            item = row and uow.session.exec(select(OutboxItem).where(OutboxItem.key == row.key)).first()
            if person is None or not item:
                return None
            message = message_of(uow, item, person.person_id)
            files = message.attachments if message is not None else []
            return files[number] if number < len(files) else None

    def waiting(self) -> dict[str, int]:
        with self._store.read() as uow:
            return self._waiting(uow)

    def _waiting(self, uow: UnitOfWork) -> dict[str, int]:
        """Unread direct messages by e-mail, of those the page puts first where there are such."""
        shown = {person.email for person in self.people}
        return {email: count for email, count in unread_directs(uow).items() if not shown or email in shown}

    def person_now(self, email: str) -> Profile | None:
        with self._store.read() as uow:
            return person_by(uow, email)

    def _cast(self, uow: UnitOfWork) -> list[tuple[Profile, str]]:
        about = {person.email: person.about for person in self.people}
        found = {p.email: p for p in profiles(uow.session, today(load_org(uow.session), uow.now), emails=list(about))}
        return [(found[email], text) for email, text in about.items() if email in found]

    def _viewer(self, uow: UnitOfWork, person: Profile, place: str) -> Viewer:
        org = load_org(uow.session)
        return Viewer(
            company=org.name, person=person, place=place, token=self._token, today=today(org, uow.now), zone=org.zone,
            unread=_unread(uow, person.email), cast=self._cast(uow), waiting=self._waiting(uow),
        )  # fmt: skip

    def _items(self, uow: UnitOfWork, view: Viewer) -> list[tuple[str, str, Html]]:
        posts = visible_posts(uow, conversation_id(view.place, view.person.email), view.person.email)
        emails = list({row.author for row in posts})
        authors = {profile.email: profile for profile in profiles(uow.session, view.today, emails=emails)}
        return render_items(view, posts, authors)


def conversation_id(place: str, email: str) -> str:
    return place if place in CHANNELS else direct_id(email)


def person_by(uow: UnitOfWork, email: str) -> Profile | None:
    found = profiles(uow.session, today(load_org(uow.session), uow.now), emails=[email])
    return found[0] if found else None


def _home(uow: UnitOfWork, person: Profile) -> Html:
    from bot.intents.home import home

    return render_home(home(uow, person.person_id))


def _unread(uow: UnitOfWork, email: str) -> dict[str, int]:
    counts = unread_counts(uow, email, [direct_id(email), *CHANNELS])
    counts[DIRECT] = counts.pop(direct_id(email))
    return counts
