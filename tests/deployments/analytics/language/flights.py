"""A small model of flights, made by hand: two roles of one entity, synonyms, flags, people, and values spelled in several ways."""

from __future__ import annotations

import datetime as dt

from deployments.analytics.language.dates import DateGrammar
from deployments.analytics.language.graph import Graph
from deployments.analytics.language.items import Item
from deployments.analytics.language.links import Linker
from deployments.analytics.language.mentions import Tagger
from deployments.analytics.language.text import tokenize
from deployments.analytics.language.vocabulary import Vocabulary
from deployments.analytics.model.schema import DataType, Entity, Metric, Role, SemanticModel
from deployments.analytics.model.values import ValueIndex
from deployments.contracts import query as q
from tests.fixtures.retail import attribute, key, points, reference, text

TODAY = dt.date(2026, 3, 10)

AIRPORTS = Entity(
    name="airports",
    label="airport",
    plural="airports",
    table="airports",
    attributes=(key("airport_id"), text("airport_name", Role.LABEL), text("city"), text("country")),
    primary_key=("airport_id",),
    label_attribute="airport_name",
)
FLIGHTS = Entity(
    name="flights",
    label="flight",
    plural="flights",
    table="flights",
    kind="fact",
    attributes=(
        key("flight_id"),
        reference("origin_id"),
        reference("destination_id"),
        reference("pilot_id"),
        text("airline"),
        text("status"),
        attribute("passengers", DataType.INTEGER, Role.ADDITIVE),
        attribute("ticket_price", DataType.DECIMAL, Role.RATE, unit="currency"),
        attribute("departed_on", DataType.DATE, Role.TIME),
        attribute("is_direct", DataType.BOOLEAN, Role.FLAG),
    ),
    primary_key=("flight_id",),
    default_time="departed_on",
)
PILOTS = Entity(
    name="pilots",
    label="pilot",
    plural="pilots",
    table="pilots",
    synonyms=("captain",),
    attributes=(
        key("pilot_id"),
        text("name", Role.LABEL),
        attribute("birth_date", DataType.DATE, Role.TIME),
        attribute("hired_on", DataType.DATE, Role.TIME),
        attribute("salary", DataType.DECIMAL, Role.ADDITIVE, unit="currency"),
    ),
    primary_key=("pilot_id",),
    label_attribute="name",
    default_time="hired_on",
)
MODEL = SemanticModel(
    name="flights",
    entities=(AIRPORTS, FLIGHTS, PILOTS),
    relationships=(
        points("flight_origin", "flights", "airports", "origin_id", "airport_id", role="origin"),
        points("flight_destination", "flights", "airports", "destination_id", "airport_id", role="destination"),
        points("flight_pilot", "flights", "pilots", "pilot_id", "pilot_id"),
    ),
    metrics=(
        Metric(
            name="traffic",
            label="traffic",
            measure=q.Aggregate(
                function=q.Function.SUM, entity="flights", of=q.Attribute(entity="flights", name="passengers")
            ),
        ),
    ),
)
VALUES = ValueIndex(
    [
        ("airports", "airport_name", "Charles de Gaulle", 1),
        ("airports", "airport_name", "Fiumicino", 1),
        ("airports", "city", "Paris", 2),
        ("airports", "city", "Rome", 1),
        ("airports", "city", "New York", 2),
        ("airports", "country", "FR", 2),
        ("airports", "country", "IT", 1),
        ("flights", "airline", "JetBlue Airways", 40),
        ("flights", "airline", "Air France", 30),
        ("flights", "status", "cancelled", 5),
        ("flights", "status", "no_show", 5),
        ("pilots", "name", "Amelia Moreau", 1),
    ]
)
GRAPH = Graph(MODEL)
VOCABULARY = Vocabulary(MODEL)
TAGGER = Tagger(VOCABULARY, VALUES)


def items_of(question: str) -> list[Item]:
    """The best cut of a question."""
    tokens = tokenize(question)
    return TAGGER.tag(tokens, DateGrammar(tokens, TODAY, MODEL.calendar))


def linker_of(question: str) -> Linker:
    """The linker over a question's items."""
    return Linker(MODEL, GRAPH, items_of(question), TODAY)
