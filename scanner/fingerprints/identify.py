"""Observations → evidence: every fact meets the fingerprints of its key, every claim becomes one record."""

from collections.abc import Iterable, Iterator

from scanner.fingerprints.fingerprint import ANSWER, Hit
from scanner.fingerprints.matcher import Knowledge
from scanner.model import Evidence, Observation


def identify(observations: Iterable[Observation], knowledge: Knowledge) -> Iterator[Evidence]:
    """Yield what the fingerprints say of each observation's subject, in the order of its facts.

    Pure: the same observations and the same knowledge give the same evidence.
    """
    for observation in observations:
        for fact, hit in knowledge.match_all(observation.facts):
            yield from _evidence(observation, fact, hit)
        for fact in _answer(observation, knowledge):
            for hit in knowledge.match(*fact, observation.facts):
                yield from _evidence(observation, fact, hit)


def _answer(observation: Observation, knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Yield the whole message as a fact, where some entry is about such and its sender is the subject."""
    message = observation.message
    if message.protocol in knowledge.answers and observation.subject.channel is None:
        yield f"{message.protocol}.{ANSWER}", message.payload.decode("latin-1")


def _evidence(observation: Observation, fact: tuple[str, str], hit: Hit) -> Iterator[Evidence]:
    fingerprint = hit.fingerprint
    for attribute, value in hit.claims:
        yield Evidence(
            subject=observation.subject,
            attribute=attribute,
            value=value,
            strength=fingerprint.worth,
            about=fingerprint.about,
            fingerprint=fingerprint.id,
            fact=fact,
            observation=observation,
        )
