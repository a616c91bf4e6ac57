"""Business English: words that mean the same to the people who ask. Each line is one group of phrases.

Only ordinary English and business vocabulary; a model's own synonyms come with the model.
"""

from __future__ import annotations

_GROUPS = """
revenue|sales|turnover|income|takings|money|sale
customer|client|buyer|shopper|account holder
employee|staff|worker|staff member|personnel
country|nation|nationality|country of origin|home country
gender|sex
first name|given name|forename
last name|surname|family name
phone|telephone|phone number|mobile|cell|mobile number|cell phone|telephone number|cell number|cell phone number|mobile phone|mobile phone number|contact number
email|e mail|mail address|email address
zip|zip code|postal code|postcode|zip postcode
birth date|date of birth|birthday|dob|born
price|cost
cuisine|food|food type|kitchen
amount|value|sum
quantity|unit|number of units
salary|pay|wage|earnings|compensation
rating|score|star
location|place|site
city|town
state|province
region|area|territory
address|street address
date|day
year|yr
description|detail
category|type|kind|class
product|item|article|goods
supplier|vendor|provider
store|shop|outlet|branch
department|dept|division
manager|boss|supervisor
company|firm|business|organization|organisation
order|purchase
invoice|bill
discount|rebate|reduction
profit|earnings
spend|cost|ad spend|media spend
spent|expense|expenditure|spending|amount spent|outlay
staff|staff member|crew
school|college|university
doctor|physician
patient|case
student|pupil
teacher|instructor|lecturer
course|class
movie|film
song|track
author|writer
paper|article|publication
airplane|aircraft|plane
destination|arrival|target
source|origin|departure
duration|length
one way|one way trip|one direction|single
round trip|return
wait|waiting|waiting time|wait time|delay
method|way|mode
title|name
name|full name
status|state
stock|inventory
tax|vat
start date|starting date|begin date
end date|ending date|finish date
id|identifier|code
abbreviation|abbrev|short name|acronym
language|tongue
population|inhabitant|resident|people|number of people
capital|capital city
employee count|headcount|number of employees
insurer|insurance|insurance company
visit|visit count
comment|remark|note
text|content
website|homepage|home page|url|web site
killed|death|died|dead|casualty
injured|injury|wounded
director|directed by
writer|written by
founded|established
kind|sort
review count|number of reviews
citation|cited
ticket|num of ticket
elevation|altitude|height
footwear|shoe
clothing|clothes|apparel|garment
electronics|electronic goods
beverage|drink
stationery|office supply
"""

GROUPS: tuple[tuple[tuple[str, ...], ...], ...] = tuple(
    tuple(tuple(phrase.split()) for phrase in line.split("|")) for line in _GROUPS.strip().splitlines()
)

_INDEX: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
for _group in GROUPS:
    for _phrase in _group:
        _INDEX.setdefault(_phrase, []).extend(other for other in _group if other != _phrase)


_SINGLE_WORDS = tuple((frozenset(phrase[0] for phrase in group if len(phrase) == 1), group) for group in GROUPS)
_NUMBER = frozenset(("number", "no"))


def said_twice(phrase: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """What a name of several words that mean the same is called: a "cell mobile number" is a phone."""
    said = set(phrase)
    for words, group in _SINGLE_WORDS:
        if len(said & words) > 1 and said <= words | _NUMBER:
            return tuple(other for other in group if other != phrase)
    return ()


def synonyms_of(phrase: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Phrases that mean the same as this one (lemmas), itself not included."""
    return tuple(_INDEX.get(phrase, ()))
